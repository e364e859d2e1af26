//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // PM2 runs pipenv under node, shows it online, and nothing runs: it is Python, which needs no
    // interpreter. So it is in duck_discord_indexer, duck_attachment_indexer,
    // duck_attachment_embedder, embedding_service, tts and stt.

    name seed;

    defaults {
        exec_mode fork;
        instances 1;
        autorestart true;
        restart_delay 10s;
        kill_timeout 10s;
        out_file "./logs/{name}-out.log";
        error_file "./logs/{name}-err.log";
        merge_logs true;
        env {
            PYTHONPATH = "{root}";
            PYTHONUNBUFFERED = 1;
            PM2_PROCESS_NAME = "{name}";
            HEARTBEAT_PORT = 5005;
            CHECK_INTERVAL = 300_000;
            HEARTBEAT_TIMEOUT = 600_000;
        }
    }

    agent duck {
        secrets "agents/duck/.tokens";
        env {
            DISCORD_TOKEN = secret or unset;
            DISCORD_CLIENT_USER_ID = "449279570445729793";
            DEFAULT_CHANNEL = "450688080542695436";
            DEFAULT_CHANNEL_NAME = "duck-bots";
            DISCORD_CLIENT_USER_NAME = "Duck";
            AUTHOR_USER_NAME = "Error";
            AGENT_NAME = "Duck";
        }
        python discord_indexer "services/py/discord_indexer" {
            // PM2 never read .env: it reads `env_file` as an environment named `file`.
            env_file ".env";
            env { PYTHONUTF8 = 1; }
        }
        node cephalon "services/ts/cephalon";
        node embedder "services/ts/discord-embedder";
        node voice "services/ts/voice";
        python attachment_indexer "services/py/discord_attachment_indexer" {
            // PM2 watches `./services/py/tts`, which does not exist.
            watch "./services/py/tts";
            env { DEESKTOP_CAPTURE_CHANNEL_ID = "1401730790467047586"; }
            allow missing-watch "as in the original configuration";
        }
        python attachment_embedder "services/py/discord_attachment_embedder" {
            // PM2 watches `./services/py/tts`, which does not exist.
            watch "./services/py/tts";
            env { DEESKTOP_CAPTURE_CHANNEL_ID = "1401730790467047586"; }
            allow missing-watch "as in the original configuration";
        }
    }

    script chromadb "agents/duck" {
        unset out_file;
        unset error_file;
        unset merge_logs;
        unset env;
        run "./scripts/run_chroma.sh";
        interpreter bash;
    }

    python embedding_service "services/py/embedding_service";
    python tts "services/py/tts";
    python stt "services/py/stt";
    node file-watcher "services/ts/file-watcher";
    node vision "services/js/vision";
    node llm "services/ts/llm";
    node heartbeat "services/js/heartbeat";
    node proxy "services/js/proxy";
    node eidolon-field "services/js/eidolon-field" { watch "."; }
    node markdown-graph "services/ts/markdown-graph";
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
