from shared.service import run

run("indexes the messages of its channels")
