use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "docker", "run", "--name", "a", "-d", "redis"; }
    script b { run "sudo", "systemctl", "start", "mongod"; }
    script c { run "sh", "-c", "./start --port 80 &"; }
    script d { run "nohup", "./start"; }
    script e { run "docker", "run", "--name", "-d", "redis", "redis-server", "-d"; }
    script f { run "docker", "compose", "up", "-d"; autorestart false; }
    script g { run "docker", "run", "-d", "redis"; stop_exit_codes 0; }
    script h { run "sh", "-c", "./one & ./other & wait"; }
    script i { run "setsid", "--wait", "./start"; }
    script j { run "docker", "start", "-a", "redis"; }
    script k { run "redis-server", "--daemonize", "no"; }
    script l { run "caddy", "start"; allow background "it is a program of our own"; }
    script m { run "sort", "-d", "names"; }
    script n { run "docker", "compose", "up", "--build", "-d", "--wait", "web"; }
    script o { run "docker", "start", "--interactive", "redis"; }
    script p { run "systemctl", "start", "--wait", "job"; }
    script q { run "setsid", "-cw", "./start"; }
    script r { run "bash", "./start.sh", "-c", "./other &"; }
    script s { run "podman", "run", "--replace", "memcached", "-d"; }
    script t { run "docker", "compose", "run", "web", "up", "-d"; }
    script u { run "sudo", "-u", "www", "docker", "-H", "tcp://127.0.0.1:2375", "run", "-p8080:80", "-d", "redis"; }
    script v { run "sudo", "-H", "docker", "-D", "run", "-d", "redis"; }
    script x { run "docker", "run", "-dp", "3000:3000", "web"; }
    script y { run "/usr/sbin/nginx"; }
    script z { run "docker", "compose", "start", "web"; }
    script aa { run "docker", "run", "-itp", "-d:80", "web", "-d"; }
    script ab { run "nginx", "-g", "daemon off;"; }
    script ac { run "mosquitto", "-d"; }
    script ad { run "sh", "-c", "docker pull redis && exec docker run --rm -d redis"; }
    script ae { run "sh", "-c", "docker run redis -d"; }
    script af { run "ssh", "-fNT", "-L", "8080:localhost:80", "host"; }
    script ag { run "ssh", "-N", "-M", "-f", "host"; }
    script ah { run "ssh", "-i", "-f", "host", "tail", "-f", "log"; }
    script ai { run "sudo", "-u", "postgres", "/usr/lib/postgresql/16/bin/pg_ctl", "start", "-D", "data"; }
    script aj { run "pg_ctlcluster", "16", "main", "start"; }
    script ak { run "tmux", "new", "-ds", "web", "npm start"; }
    script al { run "screen", "-dmS", "web", "./start", "--port", 80; }
    script am { run "docker", "start", "cache", "database"; }
    script an { run "autossh", "-M", 0, "-f", "host"; }
    script w { run "systemctl", "--user", "start", "mongod.service", "redis"; }
};

fn main() {}
