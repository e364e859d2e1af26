from shared.service import run

run("embeds what is attached to messages")
