from shared.service import run

run("turns texts into speech")
