use promethean::{Ecosystem, ecosystem};

static SECRETS: Ecosystem = ecosystem! {
    defaults {
        env {
            A = secret("X");
            B = secret X;
            C = secret[C];
            D = secret.X;
            E = secret("E") or "x";
            F: secret("X");
            secret TOKEN;
            inherit DISPLAY, XAUTHORITY;
            G = inherit("X");
            H = inherit "X" || "x";
        }
    }
};

static READ: Ecosystem = ecosystem! {
    defaults {
        env {
            A = process.env.A;
            B = process.env.X || 3000;
            C = process.env["X"];
            D = os.environ.get("X", "x");
            E = std::env::var("X");
            F = $X;
            G = ${X};
            H = ${X:-3000};
            I = %X%;
            J = $env:X;
            K = ENV["X"];
        }
    }
};

static ENTRIES: Ecosystem = ecosystem! {
    env valid { VALID = 1; }
    defaults {
        env {
            MY-KEY = 1;
            my.key = "x";
            A => "x";
            B := 3;
            export C = "x";
            set D=x;
            - E=x;
            F = ;
            delete H;
            unset I, J;
            ...valid;
            include valid;
            ..base::BASE.valid;
            ..valid();
        }
    }
};

static TEXTS: Ecosystem = ecosystem! {
    defaults {
        env {
            A = http://localhost:3000/health;
            B = /var/data;
            C = ./data;
            D = ~/data;
            E = localhost:3000;
            F = 127.0.0.1;
            G = 1.2.3;
            H = hello world;
            I = error@promethean.rest;
            J = -Xmx512m;
            K = ["a", "b"];
            L = a,b,c;
            M = config.port;
            N = *;
        }
    }
};

fn main() {}
