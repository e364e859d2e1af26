use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    env discord { DISCORD_TOKEN = "kW4x7Qz9"; }
    node bot {
        env {
            ..discord;
            LOG_LEVEL = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
            DATABASE_URL = "postgres://app:hunter2@db.lan:5432/app";
            CACHE_URL = "redis://bot:{secret CACHE_PASSWORD}@cache.lan";
            POSTGRES_PASSWORD = "postgres";
            TOKEN_LIMIT = 4096;
        }
        args "--key", "sk-proj-Tz3BlbkFJ0123456789abcdef";
    }
    node tests { env { API_KEY = "0123abcd4567"; } allow plain-secret "a key of the test system"; }
};

fn main() {}
