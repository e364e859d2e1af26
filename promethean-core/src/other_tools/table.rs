//! The table itself.

use super::{Instead, Place, Row};
use crate::kind::Kind;

const SYSTEMD: &str = "systemd";
const COMPOSE: &str = "Docker Compose";
const DOCKER: &str = "Docker";
const PROCESS_COMPOSE: &str = "process-compose";
const KUBERNETES: &str = "Kubernetes";
const SUPERVISOR: &str = "Supervisor";
const CIRCUS: &str = "Circus";
const PM2: &str = "PM2";
const NODEMON: &str = "nodemon";
const NPM: &str = "npm";
const NOMAD: &str = "Nomad";
const UPSTART: &str = "Upstart";
const LAUNCHD: &str = "launchd";
const FOREVER: &str = "forever";
const PROCFILE: &str = "foreman";
const TMUXINATOR: &str = "tmuxinator";
const TILT: &str = "Tilt";
const RUST: &str = "Rust";
const JAVASCRIPT: &str = "JavaScript";
/// The languages among them.
pub const LANGUAGES: &[&str] = &[RUST, JAVASCRIPT];
/// Of no tool in particular.
const ANY: &str = "";

/// A word that an attribute or statement stands for here.
const fn is(
    tool: &'static str,
    words: &'static [&'static str],
    name: &'static str,
    example: &'static str,
) -> Row {
    Row { place: Place::Attribute, tool, words, instead: Instead::Attribute(name, example) }
}

/// A word that a sentence answers.
const fn say(tool: &'static str, words: &'static [&'static str], text: &'static str) -> Row {
    Row { place: Place::Attribute, tool, words, instead: Instead::Say(text) }
}

/// A word for the program of a service.
const fn program(tool: &'static str, words: &'static [&'static str]) -> Row {
    Row { place: Place::Attribute, tool, words, instead: Instead::Program }
}

const fn item(tool: &'static str, words: &'static [&'static str], text: &'static str) -> Row {
    Row { place: Place::Item, tool, words, instead: Instead::Say(text) }
}

const fn kind(kind: Kind, words: &'static [&'static str], text: &'static str) -> Row {
    Row { place: Place::Kind(kind), tool: ANY, words, instead: Instead::Say(text) }
}

const fn runner(words: &'static [&'static str], text: &'static str) -> Row {
    Row { place: Place::Runner, tool: ANY, words, instead: Instead::Say(text) }
}

const fn probe(tool: &'static str, words: &'static [&'static str], text: &'static str) -> Row {
    Row { place: Place::Probe, tool, words, instead: Instead::Say(text) }
}

const fn setting(tool: &'static str, words: &'static [&'static str], text: &'static str) -> Row {
    Row { place: Place::ProbeSetting, tool, words, instead: Instead::Say(text) }
}

const fn condition(tool: &'static str, words: &'static [&'static str], text: &'static str) -> Row {
    Row { place: Place::Condition, tool, words, instead: Instead::Say(text) }
}

const DOC: &str = "write it as a doc comment above the service: `/// text`";
const DIRECTORY: &str = "write the directory after the name: `node NAME \"directory\";`";
const NAME: &str = "write the name after the kind: `node NAME \"directory\";`";
const ROTATION: &str = "write `rotate 10M, 5;`; PM2 rotates no logs by itself: for it, install its module \
     with `pm2 install pm2-logrotate`";
const LEVELS: &str = "remove it: a service has log files, in which nothing has a level";
const NO_CONTAINERS: &str = "there are no containers here: a service is a process on this machine, \
     and what runs in a container is `external NAME { ready tcp \"127.0.0.1:5432\"; }`";
const START: &str = "write it in the probe: `ready tcp \"127.0.0.1:8000\" { timeout 90s; }`";
const NO_LIMITS: &str =
    "only memory can be limited, with `max_memory_restart 300M;`: remove what limits other things";
const ORDER: &str =
    "the order follows from dependencies: write `depends_on NAME;` in what starts later";
const SIGNAL: &str = "write `kill_signal SIGTERM;`; PM2 sends one signal to all apps: for it, set the \
     variable PM2_KILL_SIGNAL of its daemon";
const LIVENESS: &str = "write `alive http \"http://127.0.0.1:8000/health\";`; PM2 restarts only what \
     exits: for it, let the program exit when it no longer works";
const BOOT: &str = "remove it: the command `boot install` of the program starts the system when the \
     machine starts";
const NO_DAEMON: &str = "PM2 starts programs in the foreground: remove it, and run the program without \
     its option for the background";
const FIRST: &str = "write the step as a service of its own, with `autorestart false;`, and \
     `depends_on STEP (completed);` in this one";
const NO_HOOKS: &str =
    "there are no hooks: handle SIGINT in the program, which has `kill_timeout` to end";
const PROFILE: &str = "write what depends on a condition in `profile NAME { … }`, or a Rust expression \
     as a value: `port (if cfg!(debug_assertions) { 3000 } else { 80 });`";
const REPEAT: &str = "write each service: what they share is written once, in `template NAME { … }`, and \
     each is made from it: `node api: NAME \"api\";`";
const MADE_FROM: &str = "write `template NAME { … }` at the top, and its name after the name of what is \
     made from it: `node api: NAME \"api\";`, `agent duck: NAME;`";
const CONSTANT: &str = "write it outside the macro as a Rust item, and use it as a value in \
     parentheses: `port (PORT);`";
const WATCH_OPTION: &str = "write `watch_options { usePolling true; }`";

const IMPORT: &str = "let `promethean import FILE` write the whole file, or write each service by itself: \
     `node NAME \"directory\" { … }`, `python NAME \"directory\" { … }` or `script NAME \"directory\" { … }`";

/// All of them.
pub static WORDS: &[Row] = &[
    // What runs.
    program(SYSTEMD, &["ExecStart"]),
    program(COMPOSE, &["command"]),
    program(
        ANY,
        &[
            "cmd",
            "program",
            "start",
            "startcommand",
            "startcmd",
            "startscript",
            "main",
            "file",
            "app",
            "binary",
            "executable",
            "bin",
            "scriptpath",
        ],
    ),
    program(COMPOSE, &["entrypoint"]),
    program(LAUNCHD, &["ProgramArguments"]),
    program(TILT, &["serve_cmd"]),
    say(SYSTEMD, &["ExecStartPre", "ExecCondition"], FIRST),
    say(
        ANY,
        &[
            "prestart",
            "initcontainers",
            "prestartcommand",
            "onstart",
            "setup",
            "build",
            "prebuild",
            "postinstall",
        ],
        FIRST,
    ),
    say(SYSTEMD, &["ExecStop", "ExecStopPost", "ExecReload", "ExecStartPost"], NO_HOOKS),
    say(KUBERNETES, &["lifecycle", "preStop", "postStart"], NO_HOOKS),
    say(CIRCUS, &["hooks", "before_start", "after_start", "before_stop", "after_stop"], NO_HOOKS),
    say(
        PROCESS_COMPOSE,
        &["shutdown"],
        "PM2 stops a service with SIGINT and kills it after a time: write `kill_timeout 5s;` with your value; for another \
         signal, set the variable PM2_KILL_SIGNAL of its daemon",
    ),
    say(
        ANY,
        &["poststop", "onstop", "stopcommand", "stop", "shutdowncommand"],
        "PM2 stops a service with SIGINT and kills it after a time: write `kill_timeout 5s;`",
    ),
    is(
        ANY,
        &["arguments", "argv", "arg", "parameters", "params", "flags", "options", "commandargs"],
        "args",
        "\"--port\", \"80\"",
    ),
    is(ANY, &["nodeoptions", "execargv", "interpreteroptions"], "node_args", "\"--inspect\""),
    is(ANY, &["packagemanager", "pythonpath", "pythonbin"], "runner", "uv"),
    is(ANY, &["dev", "development", "prod", "production", "staging", "test"], "profile", "dev"),
    is(ANY, &["virtualenv", "venv"], "runner", "venv \".venv\""),
    is(ANY, &["npm"], "runner", "npm; run \"start\""),
    is(ANY, &["bun"], "runner", "bun; entry \"src/index.ts\""),
    say(
        SYSTEMD,
        &["Type"],
        "remove it: PM2 watches the program that it starts; for one that ends write `autorestart false;`",
    ),
    say(
        SYSTEMD,
        &["RemainAfterExit", "oneshot"],
        "write `autorestart false;`, and `(completed)` in what waits for its end",
    ),
    say(
        ANY,
        &["shell"],
        "PM2 starts no shell: write `run \"sh\", \"-c\", \"command | command\";` in a script",
    ),
    // Where.
    say(SYSTEMD, &["WorkingDirectory"], DIRECTORY),
    say(COMPOSE, &["working_dir"], DIRECTORY),
    say(DOCKER, &["WORKDIR"], DIRECTORY),
    say(SUPERVISOR, &["directory"], DIRECTORY),
    say(UPSTART, &["chdir"], DIRECTORY),
    say(FOREVER, &["sourceDir"], DIRECTORY),
    say(ANY, &["dir", "folder", "path", "pwd", "basedir"], DIRECTORY),
    say(COMPOSE, &["container_name", "hostname"], NAME),
    say(SUPERVISOR, &["process_name"], NAME),
    say(LAUNCHD, &["Label"], NAME),
    say(SYSTEMD, &["SyslogIdentifier"], NAME),
    say(ANY, &["title", "appname", "id", "servicename"], NAME),
    say(ANY, &["description", "documentation", "comment", "doc", "desc"], DOC),
    say(
        ANY,
        &["agentname", "project", "stack"],
        "the namespace is the agent: `agent NAME { … }` around its services",
    ),
    // Environment.
    is(SYSTEMD, &["EnvironmentFile"], "env_file", "\".env\""),
    is(KUBERNETES, &["envFrom"], "env_file", "\".env\""),
    is(ANY, &["dotenv", "envpath", "dotenvfile"], "env_file", "\".env\""),
    is(
        ANY,
        &["optionalenvfile", "envfileoptional", "envfileifpresent", "dotenvifexists"],
        "env_file_if_exists",
        "\".env.local\"",
    ),
    is(SYSTEMD, &["Environment"], "env", "KEY = \"value\";"),
    is(
        ANY,
        &["variables", "envvars", "vars", "envs", "environ", "setenv", "export", "set"],
        "env",
        "KEY = \"value\";",
    ),
    is(LAUNCHD, &["EnvironmentVariables"], "env", "KEY = \"value\";"),
    say(SYSTEMD, &["PassEnvironment"], "write `env { NAME = inherit; }`"),
    say(
        CIRCUS,
        &["copy_env", "copy_path"],
        "nothing of the shell reaches a service by itself: write `env { NAME = inherit; }` for each variable",
    ),
    is(ANY, &["secretsfile", "tokens", "tokensfile", "credentials"], "secrets", "\".tokens\""),
    is(ANY, &["listenport", "bind", "listenon", "endpoint", "endpoints"], "listen", "http 8000"),
    is(SYSTEMD, &["ListenStream"], "listen", "http 8000"),
    is(COMPOSE, &["ports", "expose"], "listen", "http 8000"),
    is(
        KUBERNETES,
        &["containerPort", "hostPort", "targetPort", "nodePort", "containerPorts"],
        "listen",
        "http 8000",
    ),
    say(
        ANY,
        &["host", "address", "hostaddress"],
        "write it as a variable of the program: `env { HOST = \"127.0.0.1\"; }`",
    ),
    say(
        ANY,
        &["url", "baseurl"],
        "write it as a variable of the program: `env { URL = \"http://127.0.0.1:8000\"; }`",
    ),
    say(
        ANY,
        &["loglevel", "debug"],
        "write it as a variable of the program: `env { LOG_LEVEL = \"debug\"; }`",
    ),
    // Dependencies.
    is(
        SYSTEMD,
        &["After", "Requires", "Wants", "BindsTo", "PartOf", "Requisite", "Upholds"],
        "depends_on",
        "NAME",
    ),
    is(COMPOSE, &["links"], "depends_on", "NAME"),
    is(TILT, &["resource_deps"], "depends_on", "NAME"),
    is(
        ANY,
        &[
            "needs",
            "waitfor",
            "dependencies",
            "deps",
            "dependson",
            "dependency",
            "requirement",
            "waiton",
            "startafter",
            "dependent",
        ],
        "depends_on",
        "NAME",
    ),
    say(
        SYSTEMD,
        &["Before", "RequiredBy"],
        "write `depends_on` in the other service: it starts after what it depends on",
    ),
    say(SYSTEMD, &["Conflicts"], "write `only_profile` in both, where they never run together"),
    say(SYSTEMD, &["WantedBy", "Also", "Alias", "DefaultDependencies"], BOOT),
    say(
        SYSTEMD,
        &["OnFailure", "OnSuccess"],
        "nothing is started by the end of a service: ask the command `status --json` for what has failed",
    ),
    say(
        SYSTEMD,
        &["RuntimeMaxSec"],
        "nothing ends a service after a time: let the program end; `cron_restart` restarts it at times of the day",
    ),
    say(
        SYSTEMD,
        &["SendSIGKILL", "SendSIGHUP"],
        "remove it: what does not end within `kill_timeout` is killed",
    ),
    say(LAUNCHD, &["RunAtLoad"], BOOT),
    say(ANY, &["startup", "onboot", "boot"], BOOT),
    say(
        SYSTEMD,
        &["ConditionPathExists", "AssertPathExists"],
        "the command `check` of the program reports what is missing before startup: remove it",
    ),
    say(SUPERVISOR, &["priority"], ORDER),
    say(
        ANY,
        &[
            "order",
            "startorder",
            "sequence",
            "startdelay",
            "bootdelay",
            "bootdelayms",
            "delaystart",
        ],
        ORDER,
    ),
    // Readiness.
    is(COMPOSE, &["healthcheck"], "ready", "http \"http://127.0.0.1:8000/health\""),
    is(KUBERNETES, &["readinessProbe"], "ready", "http \"http://127.0.0.1:8000/health\""),
    is(PROCESS_COMPOSE, &["ready_log_line"], "ready", "log \"listening on\""),
    say(KUBERNETES, &["livenessProbe"], LIVENESS),
    is(KUBERNETES, &["startupProbe"], "ready", "tcp \"127.0.0.1:8000\" { timeout 1m; }"),
    say(SYSTEMD, &["WatchdogSec", "NotifyAccess"], LIVENESS),
    is(
        ANY,
        &[
            "probe",
            "health",
            "healthchecks",
            "healthcheckurl",
            "healthurl",
            "readiness",
            "waituntil",
            "check",
        ],
        "ready",
        "http \"http://127.0.0.1:8000/health\"",
    ),
    say(ANY, &["liveness", "livecheck", "heartbeat"], LIVENESS),
    is(ANY, &["tcp", "tcpsocket"], "ready", "tcp \"127.0.0.1:8000\""),
    is(ANY, &["http", "httpget"], "ready", "http \"http://127.0.0.1:8000/health\""),
    is(ANY, &["readytimeout", "starttimeout", "startuptimeout"], "listen_timeout", "10s"),
    say(SYSTEMD, &["TimeoutStartSec"], START),
    say(PROCESS_COMPOSE, &["launch_timeout_seconds"], START),
    say(
        KUBERNETES,
        &[
            "initialDelaySeconds",
            "periodSeconds",
            "timeoutSeconds",
            "failureThreshold",
            "successThreshold",
        ],
        "write `interval 1s;` and `timeout 30s;` in the block of a `ready`",
    ),
    // Restarts.
    is(SYSTEMD, &["Restart"], "autorestart", "true"),
    is(KUBERNETES, &["restartPolicy"], "autorestart", "true"),
    is(LAUNCHD, &["KeepAlive"], "autorestart", "true"),
    is(UPSTART, &["respawn"], "autorestart", "true"),
    is(CIRCUS, &["singleton"], "instances", "1"),
    is(
        ANY,
        &[
            "alwaysrestart",
            "restartalways",
            "restartonfailure",
            "restartonexit",
            "restartoncrash",
            "onexit",
            "autorespawn",
        ],
        "autorestart",
        "true",
    ),
    is(SYSTEMD, &["RestartSec"], "restart_delay", "10s"),
    is(PROCESS_COMPOSE, &["backoff_seconds"], "restart_delay", "10s"),
    is(LAUNCHD, &["ThrottleInterval"], "restart_delay", "10s"),
    is(FOREVER, &["spinSleepTime"], "restart_delay", "1s"),
    is(CIRCUS, &["warmup_delay"], "restart_delay", "1s"),
    is(ANY, &["delay", "restartinterval", "restartwait", "sleep"], "restart_delay", "10s"),
    is(
        ANY,
        &["backoff", "backoffdelay", "exponentialbackoff", "restartbackoff"],
        "exp_backoff_restart_delay",
        "100ms",
    ),
    is(SYSTEMD, &["StartLimitBurst"], "max_restarts", "10"),
    is(UPSTART, &["respawn_limit"], "max_restarts", "10"),
    is(SUPERVISOR, &["startretries"], "max_restarts", "10"),
    is(NOMAD, &["attempts"], "max_restarts", "10"),
    is(
        ANY,
        &["retries", "restarts", "maxretries", "maxattempts", "maxrestart", "restartlimit"],
        "max_restarts",
        "10",
    ),
    say(
        SYSTEMD,
        &["StartLimitInterval", "StartLimitIntervalSec"],
        "write `max_restarts 10; min_uptime 10s;`: ends before `min_uptime` count, however long apart",
    ),
    is(SUPERVISOR, &["startsecs"], "min_uptime", "10s"),
    say(
        SYSTEMD,
        &["RestartForceExitStatus"],
        "remove it: what ends is restarted, whatever its exit code, but for those of `stop_exit_codes`",
    ),
    say(
        SYSTEMD,
        &["RestartSteps", "RestartMaxDelaySec"],
        "write `exp_backoff_restart_delay 100ms;`: the delay grows up to 15 s",
    ),
    is(SYSTEMD, &["SuccessExitStatus", "RestartPreventExitStatus"], "stop_exit_codes", "0"),
    is(SUPERVISOR, &["exitcodes"], "stop_exit_codes", "0"),
    is(ANY, &["exitcode", "successcodes", "okexitcodes"], "stop_exit_codes", "0"),
    say(
        PROCESS_COMPOSE,
        &["availability"],
        "write each of its settings with your value: `autorestart true; restart_delay 10s; max_restarts 10;`",
    ),
    say(
        PROCESS_COMPOSE,
        &["exit_on_end", "exit_on_skipped", "exit_on_failure"],
        "a service that ends does not end the others: write `autorestart false;`, and `(completed)` in what waits for its end",
    ),
    say(
        PROCESS_COMPOSE,
        &["disabled"],
        "write `autostart false;`, or `only_profile NAME;` for what runs only sometimes",
    ),
    say(
        ANY,
        &["disable", "skip", "off"],
        "write `autostart false;`, or `only_profile NAME;` for what runs only sometimes",
    ),
    is(ANY, &["enabled", "enable", "active", "autoload", "startonboot"], "autostart", "true"),
    is(SYSTEMD, &["OnCalendar"], "cron_restart", "\"0 4 * * *\""),
    is(LAUNCHD, &["StartCalendarInterval"], "cron_restart", "\"0 4 * * *\""),
    is(
        ANY,
        &["schedule", "cronschedule", "crontab", "cronpattern", "timer", "cronexpression", "every"],
        "cron_restart",
        "\"0 4 * * *\"",
    ),
    is(SYSTEMD, &["OnUnitActiveSec"], "cron_restart", "\"*/5 * * * *\""),
    is(SYSTEMD, &["OnUnitInactiveSec"], "restart_delay", "1m"),
    say(
        SYSTEMD,
        &["OnBootSec", "OnStartupSec", "OnActiveSec"],
        "remove it: a service starts with the system, and without `autorestart false;` again after each end; nothing \
         waits before its start",
    ),
    say(
        SYSTEMD,
        &["Persistent", "RandomizedDelaySec", "AccuracySec", "WakeSystem"],
        "remove it: `cron_restart` starts a service at its times while the engine runs, no later",
    ),
    is(LAUNCHD, &["StartInterval"], "cron_restart", "\"*/5 * * * *\""),
    say(CIRCUS, &["max_age"], "write `cron_restart \"0 4 * * *\";`"),
    // The end.
    is(SYSTEMD, &["TimeoutStopSec", "TimeoutSec"], "kill_timeout", "10s"),
    is(COMPOSE, &["stop_grace_period"], "kill_timeout", "10s"),
    is(KUBERNETES, &["terminationGracePeriodSeconds"], "kill_timeout", "30s"),
    is(SUPERVISOR, &["stopwaitsecs"], "kill_timeout", "10s"),
    is(CIRCUS, &["graceful_timeout"], "kill_timeout", "10s"),
    is(
        ANY,
        &[
            "stoptimeout",
            "graceperiod",
            "shutdowntimeout",
            "shutdowntimeoutseconds",
            "timeout",
            "exittimeout",
        ],
        "kill_timeout",
        "10s",
    ),
    say(
        SYSTEMD,
        &["KillMode"],
        "write `treekill true;` for `control-group` and `mixed`, `treekill false;` for `process` and `none`",
    ),
    is(SUPERVISOR, &["stopasgroup", "killasgroup"], "treekill", "true"),
    say(SYSTEMD, &["KillSignal", "FinalKillSignal"], SIGNAL),
    say(COMPOSE, &["stop_signal"], SIGNAL),
    say(ANY, &["signal", "shutdownsignal"], SIGNAL),
    say(
        ANY,
        &["reloadsignal"],
        "the command `reload` of the program replaces the processes one by one: remove it",
    ),
    // How many, how much.
    is(KUBERNETES, &["replicas"], "instances", "4"),
    is(COMPOSE, &["scale"], "instances", "4"),
    is(SUPERVISOR, &["numprocs"], "instances", "4"),
    is(CIRCUS, &["numprocesses"], "instances", "4"),
    is(NOMAD, &["count"], "instances", "4"),
    is(PROCFILE, &["concurrency", "formation"], "instances", "4"),
    is(ANY, &["processes", "copies", "numworkers", "clusters", "nprocs"], "instances", "4"),
    say(
        ANY,
        &["workers", "threads"],
        "write `instances 4;` for several processes of the program, and what the program itself starts as its arguments: `args \"--workers\", 4;`",
    ),
    say(ANY, &["timezone", "tz"], "write `env { TZ = \"Europe/Berlin\"; }`"),
    is(ANY, &["mode", "execmode", "cluster", "clustermode"], "exec_mode", "cluster"),
    is(COMPOSE, &["mem_limit", "mem_reservation"], "max_memory_restart", "300M"),
    is(SYSTEMD, &["MemoryMax", "MemoryLimit", "MemoryHigh"], "max_memory_restart", "300M"),
    is(
        ANY,
        &["maxmemory", "memory", "mem", "maxmem", "maxmemoryusage", "ram"],
        "max_memory_restart",
        "300M",
    ),
    say(KUBERNETES, &["resources", "limits", "requests", "cpu"], NO_LIMITS),
    say(
        COMPOSE,
        &["deploy"],
        "write `instances 4;` for replicas and `max_memory_restart 300M;` for the limit of memory",
    ),
    say(COMPOSE, &["cpus", "cpu_shares", "cpuset", "ulimits", "pids_limit", "shm_size"], NO_LIMITS),
    say(
        SYSTEMD,
        &[
            "CPUQuota",
            "CPUWeight",
            "LimitNOFILE",
            "LimitNPROC",
            "LimitCORE",
            "LimitMEMLOCK",
            "LimitAS",
            "LimitCPU",
            "LimitDATA",
            "LimitFSIZE",
            "LimitSTACK",
            "AllowedCPUs",
            "CPUAffinity",
            "CPUSchedulingPolicy",
            "IOSchedulingClass",
            "MemorySwapMax",
            "Nice",
            "IOWeight",
            "TasksMax",
            "OOMScoreAdjust",
            "Slice",
        ],
        NO_LIMITS,
    ),
    say(ANY, &["maxcpu", "cpulimit", "rlimitnofile", "minfds", "minprocs"], NO_LIMITS),
    // Who.
    is(SYSTEMD, &["User"], "uid", "\"www-data\""),
    say(
        SYSTEMD,
        &["Group"],
        "write `gid \"www-data\";` for the group of users that it runs as; services that belong together are in an \
         `agent NAME { … }`",
    ),
    is(UPSTART, &["setuid"], "uid", "\"www-data\""),
    is(UPSTART, &["setgid"], "gid", "\"www-data\""),
    is(ANY, &["runas", "runasuser", "owner"], "uid", "\"www-data\""),
    say(
        SYSTEMD,
        &[
            "UMask",
            "PrivateTmp",
            "ProtectSystem",
            "NoNewPrivileges",
            "DynamicUser",
            "CapabilityBoundingSet",
            "AmbientCapabilities",
            "SupplementaryGroups",
            "ProtectHome",
            "ProtectProc",
            "ProtectClock",
            "ProtectHostname",
            "ProtectKernelLogs",
            "ProtectKernelModules",
            "ProtectKernelTunables",
            "ProtectControlGroups",
            "PrivateDevices",
            "PrivateNetwork",
            "PrivateUsers",
            "RestrictAddressFamilies",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
            "LockPersonality",
            "MemoryDenyWriteExecute",
            "SystemCallArchitectures",
            "SystemCallFilter",
            "RemoveIPC",
            "ReadWritePaths",
            "ReadOnlyPaths",
            "InaccessiblePaths",
            "RootDirectory",
            "RootImage",
            "BindPaths",
            "IPAddressAllow",
            "IPAddressDeny",
            "DevicePolicy",
            "DeviceAllow",
        ],
        "PM2 has nothing like it: only `uid` and `gid` say who runs a service",
    ),
    say(COMPOSE, &["privileged", "cap_add", "cap_drop", "security_opt"], NO_CONTAINERS),
    say(
        ANY,
        &["requirements", "requirementstxt", "pip"],
        "install them once, in a virtual environment, and write `runner venv \".venv\";`",
    ),
    // Directories.
    say(
        SYSTEMD,
        &[
            "StateDirectory",
            "CacheDirectory",
            "LogsDirectory",
            "RuntimeDirectory",
            "ConfigurationDirectory",
            "ExecSearchPath",
        ],
        "nothing makes a directory before the start: make it once, and give its path to the program with \
         `env { NAME = \"/var/lib/web\"; }`",
    ),
    // Logs.
    say(
        SYSTEMD,
        &["StandardInput", "TTYPath", "StandardInputText"],
        "remove it: nothing is written to the input of a service",
    ),
    say(SYSTEMD, &["SyslogFacility", "SyslogLevel", "LogLevelMax"], LEVELS),
    is(SYSTEMD, &["StandardOutput"], "out_file", "\"./logs/{name}-out.log\""),
    is(SYSTEMD, &["StandardError"], "error_file", "\"./logs/{name}-err.log\""),
    is(SUPERVISOR, &["stdout_logfile"], "out_file", "\"./logs/{name}-out.log\""),
    is(SUPERVISOR, &["stderr_logfile"], "error_file", "\"./logs/{name}-err.log\""),
    is(CIRCUS, &["stdout_stream"], "out_file", "\"./logs/{name}-out.log\""),
    is(CIRCUS, &["stderr_stream"], "error_file", "\"./logs/{name}-err.log\""),
    is(LAUNCHD, &["StandardOutPath"], "out_file", "\"./logs/{name}-out.log\""),
    is(LAUNCHD, &["StandardErrorPath"], "error_file", "\"./logs/{name}-err.log\""),
    is(PROCESS_COMPOSE, &["log_location"], "log_file", "\"./logs/{name}.log\""),
    is(COMPOSE, &["logging"], "log_file", "\"./logs/{name}.log\""),
    is(
        ANY,
        &["stdout", "outlogfile", "stdoutfile", "stdoutpath"],
        "out_file",
        "\"./logs/{name}-out.log\"",
    ),
    is(
        ANY,
        &["stderr", "errorlog", "stderrfile", "stderrpath", "errlogfile"],
        "error_file",
        "\"./logs/{name}-err.log\"",
    ),
    is(ANY, &["logs", "logpath", "logdir", "logfilepath"], "log_file", "\"./logs/{name}.log\""),
    is(SUPERVISOR, &["redirect_stderr"], "log_file", "\"./logs/{name}.log\""),
    is(
        ANY,
        &["logformat", "dateformat", "timestampformat", "logdate"],
        "log_date_format",
        "\"YYYY-MM-DD HH:mm:ss\"",
    ),
    is(ANY, &["timestamps", "timestamp", "logtime"], "time", "true"),
    say(
        SUPERVISOR,
        &[
            "stdout_logfile_maxbytes",
            "stdout_logfile_backups",
            "stderr_logfile_maxbytes",
            "stderr_logfile_backups",
        ],
        ROTATION,
    ),
    say(PROCESS_COMPOSE, &["log_configuration"], ROTATION),
    say(
        ANY,
        &[
            "logrotate",
            "logrotation",
            "maxlogsize",
            "maxsize",
            "retain",
            "compress",
            "logmaxsize",
            "rotateinterval",
        ],
        ROTATION,
    ),
    // Watching.
    is(FOREVER, &["watchDirectory"], "watch", "\"src\""),
    is(LAUNCHD, &["WatchPaths"], "watch", "\"src\""),
    is(COMPOSE, &["develop"], "watch", "\"src\""),
    is(
        ANY,
        &[
            "watching",
            "watchdir",
            "watchpath",
            "watchdirs",
            "watchfiles",
            "watched",
            "reload",
            "hotreload",
            "livereload",
            "autoreload",
            "reloadonchange",
        ],
        "watch",
        "\"src\"",
    ),
    is(FOREVER, &["watchIgnorePatterns"], "ignore_watch", "\"logs\""),
    is(
        ANY,
        &[
            "watchignore",
            "ignoredwatch",
            "ignore",
            "exclude",
            "ignored",
            "ignorewatching",
            "excludes",
            "watchexclude",
        ],
        "ignore_watch",
        "\"logs\"",
    ),
    is(ANY, &["watchinterval", "debounce", "watchtimeout"], "watch_delay", "1s"),
    say(
        NODEMON,
        &["ext", "extensions"],
        "write what to watch as a pattern: `watch \"src/**/*.ts\";`",
    ),
    say(NODEMON, &["legacyWatch", "poll", "usePolling", "polling", "followSymlinks"], WATCH_OPTION),
    say(NODEMON, &["execMap"], "a node service has `runner bun;` or `interpreter \"tsx\";`"),
    // Profiles.
    is(COMPOSE, &["profiles"], "only_profile", "development"),
    is(
        ANY,
        &["onlyin", "onlyif", "onlyinprofile", "stage", "stages", "onlyprofiles"],
        "only_profile",
        "development",
    ),
    is(ANY, &["environments", "overrides"], "profile", "production"),
    say(COMPOSE, &["extends"], MADE_FROM),
    say(ANY, &["inherits", "inherit", "mixin", "parent", "base", "from"], MADE_FROM),
    say(ANY, &["if", "else", "when", "unless", "elif", "switch", "match"], PROFILE),
    say(ANY, &["for", "foreach", "while", "loop", "repeat", "each", "forin"], REPEAT),
    // Containers.
    say(
        COMPOSE,
        &[
            "image",
            "volumes",
            "networks",
            "network_mode",
            "tmpfs",
            "platform",
            "pull_policy",
            "dns",
            "extra_hosts",
            "stdin_open",
            "init",
            "labels",
            "volumes_from",
            "devices",
            "ipc",
            "sysctls",
            "configs",
        ],
        NO_CONTAINERS,
    ),
    say(
        KUBERNETES,
        &[
            "containers",
            "imagePullPolicy",
            "volumeMounts",
            "nodeSelector",
            "tolerations",
            "affinity",
            "serviceAccount",
            "serviceAccountName",
            "securityContext",
            "spec",
            "metadata",
            "apiVersion",
            "selector",
            "annotations",
        ],
        NO_CONTAINERS,
    ),
    say(
        DOCKER,
        &[
            "volume",
            "COPY",
            "ADD",
            "network",
            "container",
            "dockerfile",
            "mount",
            "mounts",
            "publish",
            "rm",
            "detach",
        ],
        NO_CONTAINERS,
    ),
    // What is not there.
    say(
        PROCESS_COMPOSE,
        &["is_daemon", "is_foreground", "is_tty", "tty", "is_interactive", "is_elevated"],
        NO_DAEMON,
    ),
    say(
        ANY,
        &[
            "daemon",
            "daemonize",
            "detached",
            "background",
            "foreground",
            "nodaemon",
            "fork",
            "forking",
            "expect",
        ],
        NO_DAEMON,
    ),
    say(
        NOMAD,
        &["driver", "config", "constraint", "artifact", "leader", "meta", "update", "datacenters"],
        "there is no scheduler here: a service is a process on this machine, as `run`, `entry` or `module` say",
    ),
    say(
        TMUXINATOR,
        &["panes", "layout", "window", "windows", "pre_window", "startup_window"],
        "there are no windows here: write each command as a service, and read its output with the command `logs`",
    ),
    say(NPM, &["scripts"], "a script of package.json is run with `runner npm; run \"start\";`"),
    say(
        NPM,
        &["engines", "devDependencies", "workspaces", "private", "license"],
        "it belongs into package.json",
    ),
    say(ANY, &["author", "tags"], DOC),
    say(
        JAVASCRIPT,
        &["const", "let", "var", "function", "return", "new", "await", "async"],
        CONSTANT,
    ),
    say(
        RUST,
        &["fn", "static", "mod", "pub", "struct", "enum", "impl", "where", "move", "unsafe", "mut"],
        CONSTANT,
    ),
    // Items.
    item(COMPOSE, &["services"], IMPORT),
    item(PM2, &["apps"], IMPORT),
    item(PROCESS_COMPOSE, &["processes"], IMPORT),
    item(JAVASCRIPT, &["module"], IMPORT),
    item(
        CIRCUS,
        &["watcher"],
        "write each service by itself: `node NAME \"directory\" { … }`, `python NAME \"directory\" { … }` or `script NAME \"directory\" { … }`",
    ),
    item(
        ANY,
        &[
            "watchers",
            "programs",
            "tasks",
            "jobs",
            "units",
            "workers",
            "containers",
            "pods",
            "windows",
            "panes",
        ],
        "write each service by itself: `node NAME \"directory\" { … }`, `python NAME \"directory\" { … }` or `script NAME \"directory\" { … }`",
    ),
    item(
        ANY,
        &["agents", "bots"],
        "write each agent by itself: `agent NAME: TEMPLATE { … }`, or `agent NAME { … }` with its services",
    ),
    item(COMPOSE, &["version"], "remove it: an ecosystem has no version"),
    item(
        COMPOSE,
        &["volumes", "networks", "configs"],
        "remove it: services are processes on this machine, without containers, volumes and networks",
    ),
    item(
        KUBERNETES,
        &["apiVersion", "kind", "metadata", "spec"],
        "remove it: services are processes on this machine, `node NAME \"directory\" { … }`",
    ),
    item(
        PM2,
        &["deploy"],
        "remove it: this language does not deploy; use `pm2 deploy` with a file of its own",
    ),
    item(
        ANY,
        &[
            "globals",
            "global",
            "common",
            "shared",
            "settings",
            "config",
            "options",
            "all",
            "default",
            "base",
            "environment",
        ],
        "what holds for all services is written `defaults { … }`",
    ),
    item(
        ANY,
        &["vars", "variables", "envvars", "environ"],
        "a set of variables is written `env NAME { … }`, variables for all services `defaults { env { … } }`",
    ),
    item(
        ANY,
        &["import", "require", "source", "load", "extern", "from", "imports"],
        "write `use path::TO_IT;` for another file's defaults, sets and templates, `include path::TO_IT;` for its services",
    ),
    item(
        ANY,
        &[
            "export", "const", "let", "var", "fn", "static", "mod", "pub", "struct", "enum",
            "function", "return", "async", "type", "impl",
        ],
        "only items of the language are allowed here: write Rust outside the macro, and use a constant as a value in parentheses: `port (PORT);`",
    ),
    item(
        ANY,
        &["if", "else", "match", "when", "unless", "switch"],
        "write `only_profile NAME;` in a service that exists only sometimes, and `profile NAME { … }` in it for what differs",
    ),
    item(ANY, &["for", "while", "loop", "foreach", "each", "repeat"], REPEAT),
    item(
        ANY,
        &["mixin", "class", "abstract", "prototype", "blueprint", "extends"],
        "write `template NAME { … }`",
    ),
    item(
        ANY,
        &["profile", "profiles"],
        "a profile is written in a block: `defaults { profile NAME { … } }`",
    ),
    item(
        ANY,
        &["cwd", "workdir", "workingdir", "basedir", "dir", "directory", "rootdir", "projectroot"],
        "write `root \"directory\";`",
    ),
    item(
        ANY,
        &["namespace", "group", "bot", "team", "pod", "stack", "fleet"],
        "write `agent NAME { … }` around the services",
    ),
    item(ANY, &["project", "title", "system", "ecosystem"], "write `name NAME;`"),
    item(ANY, &["dotenv", "credentials", "tokens"], "write `secrets \".env\";`"),
    item(
        TMUXINATOR,
        &["startup_window", "on_project_start", "pre_window", "attach"],
        "there are no windows here: write each command as a service, and read its output with the command `logs`",
    ),
    item(
        SYSTEMD,
        &["Unit", "Install", "Timer", "Socket", "WantedBy"],
        "write each service by itself: `script NAME \"directory\" { run \"./program\"; }`",
    ),
    // Kinds of service.
    kind(Kind::Node, &["bun"], "write `node NAME \"directory\" { runner bun; }`"),
    kind(
        Kind::Node,
        &["npm", "npx"],
        "write `node NAME \"directory\" { runner npm; run \"start\"; }`",
    ),
    kind(
        Kind::Node,
        &["js", "javascript", "nodejs", "mjs", "cjs", "express", "electron"],
        "write `node NAME \"directory\";`",
    ),
    kind(
        Kind::Node,
        &["ts", "typescript", "tsx", "tsnode"],
        "write `node NAME \"directory\" { runner bun; entry \"src/index.ts\"; }`, or `node NAME \"directory\" { entry \"dist/index.js\"; }` for what is compiled before",
    ),
    kind(Kind::Script, &["yarn"], "write `script NAME \"directory\" { run \"yarn\", \"start\"; }`"),
    kind(Kind::Script, &["pnpm"], "write `script NAME \"directory\" { run \"pnpm\", \"start\"; }`"),
    kind(
        Kind::Script,
        &["deno"],
        "write `script NAME \"directory\" { run \"deno\", \"run\", \"main.ts\"; }`",
    ),
    kind(
        Kind::Script,
        &["next", "vite", "nuxt", "remix", "astro"],
        "write `node NAME \"directory\" { runner npm; run \"dev\"; }`",
    ),
    kind(Kind::Python, &["uv"], "write `python NAME \"directory\" { runner uv; }`"),
    kind(
        Kind::Python,
        &["pipenv"],
        "write `python NAME \"directory\";`: `pipenv` is its default runner",
    ),
    kind(Kind::Python, &["poetry"], "write `python NAME \"directory\" { runner poetry; }`"),
    kind(
        Kind::Python,
        &["venv", "virtualenv"],
        "write `python NAME \"directory\" { runner venv \".venv\"; }`",
    ),
    kind(
        Kind::Python,
        &["py", "python3", "python2", "cpython", "pypy", "snake"],
        "write `python NAME \"directory\";`",
    ),
    kind(
        Kind::Python,
        &["uvicorn", "fastapi", "asgi"],
        "write `python NAME \"directory\" { run \"uvicorn\", \"main:app\"; }`",
    ),
    kind(
        Kind::Python,
        &["gunicorn", "wsgi", "flask", "django"],
        "write `python NAME \"directory\" { run \"gunicorn\", \"main:app\"; }`",
    ),
    kind(
        Kind::Python,
        &["conda", "mamba"],
        "write `script NAME \"directory\" { run \"conda\", \"run\", \"-n\", \"ENVIRONMENT\", \"python\", \"-m\", \"main\"; }`",
    ),
    kind(
        Kind::Python,
        &["pdm", "hatch", "rye", "pip", "pipx"],
        "write `python NAME \"directory\" { runner system; }`, or `script NAME \"directory\" { run \"pdm\", \"run\", \"main\"; }`",
    ),
    kind(
        Kind::Script,
        &["docker", "podman", "container", "image", "compose", "dockercompose"],
        "write `external NAME { ready tcp \"127.0.0.1:5432\"; }` for what runs in a container already, or `script NAME \"directory\" { run \"docker\", \"run\", \"--rm\", \"IMAGE\"; }`",
    ),
    kind(
        Kind::Script,
        &["bash", "sh", "zsh", "shell", "fish", "powershell", "pwsh", "batch", "bat", "cmd"],
        "write `script NAME \"directory\" { run \"bash\", \"start.sh\"; }`",
    ),
    kind(
        Kind::Script,
        &["cargo", "rust"],
        "write `script NAME \"directory\" { run \"cargo\", \"run\", \"--release\"; }`",
    ),
    kind(
        Kind::Script,
        &["go", "golang"],
        "write `script NAME \"directory\" { run \"go\", \"run\", \".\"; }`",
    ),
    kind(
        Kind::Script,
        &["java", "jar", "kotlin", "gradle", "maven", "scala", "clojure"],
        "write `script NAME \"directory\" { run \"java\", \"-jar\", \"app.jar\"; }`",
    ),
    kind(
        Kind::Script,
        &["dotnet", "csharp"],
        "write `script NAME \"directory\" { run \"dotnet\", \"run\"; }`",
    ),
    kind(
        Kind::Script,
        &[
            "ruby",
            "rails",
            "php",
            "perl",
            "elixir",
            "erlang",
            "lua",
            "haskell",
            "binary",
            "bin",
            "exe",
            "executable",
            "program",
            "exec",
            "command",
            "run",
            "native",
            "make",
            "other",
            "generic",
            "custom",
            "raw",
            "c",
            "cpp",
            "zig",
            "nim",
            "swift",
            "dart",
            "julia",
            "lisp",
            "racket",
        ],
        "any other program is a script: `script NAME \"directory\" { run \"./program\"; }`",
    ),
    kind(
        Kind::Script,
        &["cron", "cronjob", "timer", "schedule", "scheduled"],
        "write `script NAME \"directory\" { run \"./program\"; cron_restart \"0 4 * * *\"; autorestart false; }`",
    ),
    kind(
        Kind::Script,
        &[
            "service",
            "app",
            "process",
            "proc",
            "task",
            "job",
            "worker",
            "server",
            "microservice",
            "svc",
            "component",
            "application",
            "web",
            "api",
            "backend",
            "frontend",
            "client",
            "resource",
            "localresource",
            "entry",
        ],
        "a service begins with its kind: `python NAME \"directory\";`, `node NAME \"directory\";`, `script NAME \"directory\" { run \"./program\"; }`",
    ),
    kind(
        Kind::Script,
        &[
            "database",
            "db",
            "redis",
            "postgres",
            "postgresql",
            "mysql",
            "mongo",
            "mongodb",
            "dependency",
            "infra",
            "rabbitmq",
            "kafka",
            "upstream",
            "thirdparty",
            "remote",
            "needs",
            "requires",
        ],
        "write `external NAME { ready tcp \"127.0.0.1:27017\"; }` for what runs already, or `script NAME \"directory\" { run \"./program\"; }`",
    ),
    // Runners.
    runner(&["yarn"], "write a script: `script NAME \"directory\" { run \"yarn\", \"start\"; }`"),
    runner(&["pnpm"], "write a script: `script NAME \"directory\" { run \"pnpm\", \"start\"; }`"),
    runner(
        &["deno"],
        "write a script: `script NAME \"directory\" { run \"deno\", \"run\", \"main.ts\"; }`",
    ),
    runner(&["npx"], "write a script: `script NAME \"directory\" { run \"npx\", \"PACKAGE\"; }`"),
    runner(
        &["ts", "tsx", "tsnode", "typescript"],
        "write `runner bun;`, or `interpreter \"tsx\";` without a runner",
    ),
    runner(&["nodemon"], "write `watch \".\";` without a runner: PM2 restarts what changes"),
    runner(&["js", "nodejs"], "write `runner node;`"),
    runner(&["py", "python3", "python", "pip"], "write `runner system;`"),
    runner(&["virtualenv", "pyenv", "env"], "write `runner venv \".venv\";`"),
    runner(
        &["conda", "mamba"],
        "write a script: `script NAME \"directory\" { run \"conda\", \"run\", \"python\", \"-m\", \"main\"; }`",
    ),
    runner(
        &["pdm", "hatch", "rye", "pipx"],
        "write a script: `script NAME \"directory\" { run \"pdm\", \"run\", \"main\"; }`",
    ),
    runner(&["uvicorn", "gunicorn", "flask"], "write `runner uv; run \"uvicorn\", \"main:app\";`"),
    runner(
        &["docker", "podman"],
        "there are no containers here: write `external NAME { ready tcp \"127.0.0.1:5432\"; }` for what runs in one",
    ),
    runner(
        &["bash", "sh", "zsh", "shell"],
        "write a script: `script NAME \"directory\" { run \"bash\", \"start.sh\"; }`",
    ),
    runner(&["pm2"], "remove it: PM2 runs every service"),
    // Probes.
    probe(KUBERNETES, &["httpGet"], "write `ready http \"http://127.0.0.1:8000/health\";`"),
    probe(
        ANY,
        &["https", "url", "get", "curl", "health", "web", "rest", "endpoint"],
        "write `ready http \"http://127.0.0.1:8000/health\";`",
    ),
    probe(KUBERNETES, &["tcpSocket"], "write `ready tcp \"127.0.0.1:8000\";`"),
    probe(
        ANY,
        &[
            "port",
            "socket",
            "host",
            "address",
            "listen",
            "connect",
            "listening",
            "ping",
            "udp",
            "unix",
        ],
        "write `ready tcp \"127.0.0.1:8000\";`",
    ),
    probe(
        KUBERNETES,
        &["grpc"],
        "write `ready tcp \"127.0.0.1:8000\";`, or `ready exec \"grpc_health_probe\", \"-addr=127.0.0.1:8000\";`",
    ),
    probe(COMPOSE, &["test", "CMD-SHELL"], "write `ready exec \"./program\", \"argument\";`"),
    probe(
        ANY,
        &["cmd", "command", "run", "shell", "script", "program", "sh", "bash", "check"],
        "write `ready exec \"./program\", \"argument\";`",
    ),
    probe(
        ANY,
        &[
            "logline",
            "logs",
            "output",
            "stdout",
            "line",
            "regex",
            "pattern",
            "readylogline",
            "grep",
            "text",
            "message",
        ],
        "write `ready log \"listening on\";`",
    ),
    probe(
        ANY,
        &["file", "path", "exists", "pidfile"],
        "write `ready exec \"test\", \"-e\", \"FILE\";`",
    ),
    probe(
        ANY,
        &["delay", "sleep", "after", "wait"],
        "there is no fixed wait: write what can be tried, such as `ready tcp \"127.0.0.1:8000\";`",
    ),
    probe(
        PM2,
        &["true", "wait_ready"],
        "write `ready tcp \"127.0.0.1:8000\";`, or `wait_ready true;` for a Node program that calls `process.send('ready')`",
    ),
    // Settings of a probe.
    setting(KUBERNETES, &["periodSeconds"], "write `interval 1s;`"),
    setting(KUBERNETES, &["timeoutSeconds"], "write `timeout 30s;`"),
    setting(
        KUBERNETES,
        &["initialDelaySeconds"],
        "there is no delay before the first try: write `timeout 30s;`, the time for all tries",
    ),
    setting(
        KUBERNETES,
        &["failureThreshold", "successThreshold"],
        "tries are not counted: write `timeout 30s;`, the time for all of them",
    ),
    setting(
        COMPOSE,
        &["start_period"],
        "there is no delay before the first try: write `timeout 30s;`, the time for all tries",
    ),
    setting(
        COMPOSE,
        &["retries", "start_interval"],
        "tries are not counted: write `timeout 30s;`, the time for all of them",
    ),
    setting(
        ANY,
        &["every", "period", "pause", "frequency", "delay", "wait", "poll"],
        "write `interval 1s;`",
    ),
    setting(
        ANY,
        &["attempts", "tries", "count", "maxattempts", "maxretries", "max", "failures"],
        "tries are not counted: write `timeout 30s;`, the time for all of them",
    ),
    setting(ANY, &["deadline", "limit", "maxwait", "within", "duration"], "write `timeout 30s;`"),
    setting(
        ANY,
        &["expect", "statuscode", "codes", "expectedstatus", "expectstatus", "code"],
        "write `status 401;`; without it a `ready http` succeeds with a status of 200 to 399",
    ),
    setting(
        ANY,
        &["method", "headers", "body"],
        "a `ready http` sends a GET without headers of its own; for more write `ready exec \"curl\", \"--fail\", \"URL\";`",
    ),
    setting(
        ANY,
        &["host", "port", "path", "scheme", "url", "address"],
        "write it all in one text: `ready http \"http://127.0.0.1:8000/health\";`",
    ),
    // Conditions.
    condition(COMPOSE, &["service_started"], "write `TARGET (started)`"),
    condition(COMPOSE, &["service_healthy"], "write `TARGET (ready)`"),
    condition(COMPOSE, &["service_completed_successfully"], "write `TARGET (completed)`"),
    condition(PROCESS_COMPOSE, &["process_started"], "write `TARGET (started)`"),
    condition(PROCESS_COMPOSE, &["process_healthy", "process_log_ready"], "write `TARGET (ready)`"),
    condition(
        PROCESS_COMPOSE,
        &["process_completed", "process_completed_successfully"],
        "write `TARGET (completed)`",
    ),
    condition(
        ANY,
        &[
            "healthy",
            "running",
            "up",
            "online",
            "alive",
            "available",
            "listening",
            "live",
            "ok",
            "health",
            "isready",
            "wait",
            "readiness",
            "open",
            "reachable",
        ],
        "write `TARGET (ready)`",
    ),
    condition(
        ANY,
        &[
            "start",
            "launched",
            "begun",
            "spawned",
            "created",
            "exists",
            "initialized",
            "active",
            "any",
            "none",
        ],
        "write `TARGET (started)`",
    ),
    condition(
        ANY,
        &[
            "exited",
            "done",
            "finished",
            "complete",
            "success",
            "succeeded",
            "successful",
            "successfully",
            "ended",
            "stopped",
            "terminated",
            "exit",
            "completes",
            "end",
            "exit0",
        ],
        "write `TARGET (completed)`",
    ),
];

/// What else the tools have, in their own spelling: attributes whose row is another tool's or of none,
/// and words that are the same here.
pub static ALSO: &[(&str, &[&str])] = &[
    (COMPOSE, &["depends_on", "env_file", "environment", "restart", "user", "tty"]),
    (
        PROCESS_COMPOSE,
        &[
            "namespace",
            "command",
            "entrypoint",
            "working_dir",
            "description",
            "environment",
            "env_file",
            "depends_on",
            "readiness_probe",
            "liveness_probe",
            "initial_delay_seconds",
            "period_seconds",
            "timeout_seconds",
            "failure_threshold",
            "success_threshold",
            "max_restarts",
            "replicas",
            "shutdown_timeout_seconds",
            "log_level",
        ],
    ),
    (SYSTEMD, &["Description", "Documentation"]),
    (
        KUBERNETES,
        &["name", "command", "args", "workingDir", "env", "image", "ports", "volumes", "labels"],
    ),
    (
        SUPERVISOR,
        &["command", "environment", "user", "umask", "autostart", "autorestart", "stopsignal"],
    ),
    (
        CIRCUS,
        &["cmd", "args", "shell", "working_dir", "env", "uid", "gid", "stop_signal", "autostart"],
    ),
    (LAUNCHD, &["Program", "WorkingDirectory", "Umask", "Nice"]),
    (UPSTART, &["exec", "env", "description", "author", "umask", "nice", "expect"]),
    (
        NOMAD,
        &["command", "args", "env", "user", "resources", "kill_timeout", "kill_signal", "delay"],
    ),
    (FOREVER, &["command", "args", "env", "cwd", "watch", "minUptime", "logFile", "outFile"]),
    (NODEMON, &["exec", "script", "env", "watch", "ignore"]),
    (NPM, &["main", "bin"]),
];
