from shared.service import run

run("indexes what is attached to messages")
