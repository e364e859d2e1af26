from shared.service import run

run("turns speech into texts")
