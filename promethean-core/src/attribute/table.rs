//! The table itself. PM2's rows are PM2 7.0.4's `lib/API/schema.json`, with what
//! `lib/Common.js` and `lib/God.js` make of them.

use super::{Attribute, Form, Owner, Part, Type};
use crate::kind::{Kind, Runner, Signal};

const EVERY: &[Kind] = &[Kind::Python, Kind::Node, Kind::Script];
const PYTHON: &[Kind] = &[Kind::Python];
const NODE: &[Kind] = &[Kind::Node];
const NODE_AND_SCRIPT: &[Kind] = &[Kind::Node, Kind::Script];
const PYTHON_AND_NODE: &[Kind] = &[Kind::Python, Kind::Node];

const ANY_DURATION: &[Type] = &[Type::Duration { minimum: 0 }];
const PORT: &[Type] = &[Type::Integer { minimum: 1, maximum: 65_535 }];
const COUNT: &[Type] = &[Type::Integer { minimum: 0, maximum: Type::UNBOUNDED }];
/// PM2 takes an id or a name here.
const USER: &[Type] = &[Type::Integer { minimum: 0, maximum: Type::UNBOUNDED }, Type::Name];

pub(super) const fn pm2(
    name: &'static str,
    aliases: &'static [&'static str],
    types: &'static [Type],
    default: &'static str,
    meaning: &'static str,
) -> Attribute {
    Attribute {
        name,
        aliases,
        form: Form::One,
        types,
        kinds: EVERY,
        placeholders: false,
        owner: Owner::Pm2 { default },
        part: None,
        meaning,
    }
}

const fn language(
    name: &'static str,
    form: Form,
    types: &'static [Type],
    kinds: &'static [Kind],
    meaning: &'static str,
) -> Attribute {
    Attribute {
        name,
        aliases: &[],
        form,
        types,
        kinds,
        placeholders: false,
        owner: Owner::Language,
        part: None,
        meaning,
    }
}

impl Attribute {
    pub(super) const fn many(self) -> Attribute {
        Attribute { form: Form::Many, ..self }
    }

    const fn object(self) -> Attribute {
        Attribute { form: Form::Object, ..self }
    }

    const fn placeholders(self) -> Attribute {
        Attribute { placeholders: true, ..self }
    }

    const fn part(self, part: Part) -> Attribute {
        Attribute { part: Some(part), ..self }
    }

    const fn of(self, kinds: &'static [Kind]) -> Attribute {
        Attribute { kinds, ..self }
    }
}

/// Every attribute, in the order in which PM2's are emitted.
pub static ATTRIBUTES: &[Attribute] = &[
    // What runs.
    language("runner", Form::Runner, &[Type::Choice(Runner::WORDS)], PYTHON_AND_NODE,
        "What runs the program. Python: `pipenv` (the default), `uv`, `poetry`, `system`, `venv \"DIR\"`. Node: `node` (the default), `bun`, `npm`.").part(Part::Runner),
    language("module", Form::One, &[Type::Name], PYTHON,
        "The Python module that `python -m` runs; `main` by default.").part(Part::Module),
    language("entry", Form::One, &[Type::Path], NODE,
        "The JavaScript file to run; by default the directory itself, as its `package.json` says.").placeholders().part(Part::Entry),
    language("run", Form::Many, &[Type::Text], EVERY,
        "The program and its first arguments. Required for a script. Python runs it with its runner instead of `python -m`. With `runner npm` it names a script in `package.json`.").placeholders().part(Part::Run),
    pm2("args", &[], &[Type::Text], "",
        "Arguments for the program, one value each.").many().placeholders().part(Part::Arguments),
    pm2("interpreter", &["exec_interpreter"], &[Type::Name], "node",
        "The program that runs the script; `none` runs the script itself.").of(NODE_AND_SCRIPT).part(Part::Interpreter),
    pm2("node_args", &["interpreter_args"], &[Type::Text], "",
        "Arguments for the interpreter, before the script.").many().placeholders().of(NODE_AND_SCRIPT).part(Part::InterpreterArguments),
    language("env_file", Form::Many, &[Type::Path], EVERY,
        "Dotenv files with variables for the process; of a variable in several of them, the last file counts. Their values are secrets: they are read when needed and never written. The `env` of the same block overrides them.").placeholders(),
    language("env_file_if_exists", Form::Many, &[Type::Path], EVERY,
        "As `env_file`, for files that need not exist, such as `.env.local`. In a block with both, these count more.").placeholders(),
    language("secrets", Form::One, &[Type::Path], EVERY,
        "A dotenv file with `secret` values. It comes before the files of wider blocks, of the ecosystem, of the ecosystems that include it, and the environment. The path is relative to the service's directory in a service, else to the root."),
    language("only_profile", Form::Many, &[Type::Name], EVERY,
        "The service exists only in these profiles."),
    language("on", Form::Many, &[Type::Name], EVERY,
        "The machines that it can run on: their names, or what a machine `has`. Several are a choice. Without it, any `machine` of the system."),
    // How it runs.
    pm2("exec_mode", &[], &[Type::Choice(&["fork", "cluster", "fork_mode", "cluster_mode"])], "fork",
        "How PM2 starts it. By default, PM2 runs a Node program with `instances` as a cluster."),
    pm2("instances", &[], &[Type::Integer { minimum: -1_024, maximum: 1_024 }, Type::Choice(&["max"])], "1",
        "How many processes. `max` is one per processor; a negative number is that many fewer."),
    pm2("port", &[], PORT, "",
        "The value of the environment variable PORT."),
    pm2("increment_var", &[], &[Type::Name], "",
        "An environment variable that increases by one for each instance."),
    pm2("instance_var", &[], &[Type::Name], "NODE_APP_INSTANCE",
        "The environment variable that holds the instance number."),
    pm2("autostart", &[], &[Type::Boolean], "true",
        "Whether PM2 starts it when it is added."),
    pm2("uid", &["user"], USER, "the current user",
        "The user the process runs as; PM2 must run as root."),
    pm2("gid", &[], USER, "the current user's group",
        "The group the process runs as; PM2 must run as root."),
    pm2("windowsHide", &["windows_hide"], &[Type::Boolean], "true",
        "Whether Windows hides the window of the process."),
    // When it is restarted and stopped.
    pm2("autorestart", &[], &[Type::Boolean], "true",
        "Whether PM2 restarts it when it exits."),
    pm2("restart_delay", &[], ANY_DURATION, "0",
        "The delay before a restart."),
    pm2("exp_backoff_restart_delay", &[], ANY_DURATION, "0",
        "The first delay before a restart; each further delay is longer."),
    pm2("max_restarts", &[], COUNT, "16",
        "How many restarts within `min_uptime` PM2 attempts before it gives up."),
    pm2("min_uptime", &[], &[Type::Duration { minimum: 100 }], "1000",
        "How long it must run for a start to count as successful."),
    pm2("stop_exit_codes", &[], &[Type::Integer { minimum: 0, maximum: 255 }], "",
        "Exit codes after which PM2 does not restart it.").many(),
    pm2("max_memory_restart", &[], &[Type::Size], "",
        "PM2 restarts it when its first process uses more memory than this."),
    pm2("cron_restart", &["cron"], &[Type::Cron], "",
        "PM2 restarts it at these times."),
    pm2("kill_timeout", &[], ANY_DURATION, "1600",
        "How long it has to exit after SIGINT before PM2 kills it."),
    language("kill_signal", Form::One, &[Type::Choice(Signal::WORDS)], EVERY,
        "The signal that asks it to exit; SIGINT by default. PM2 has one for all apps, in the variable PM2_KILL_SIGNAL of its daemon: `check` says when it is another one."),
    pm2("kill_retry_time", &[], ANY_DURATION, "100",
        "How often PM2 checks whether it has exited."),
    pm2("treekill", &[], &[Type::Boolean], "true",
        "Whether PM2 stops its child processes, too."),
    pm2("shutdown_with_message", &[], &[Type::Boolean], "false",
        "Whether PM2 stops it with the message `shutdown` instead of a signal.").of(NODE),
    pm2("wait_ready", &[], &[Type::Boolean], "false",
        "Whether PM2 waits until the program calls `process.send('ready')`.").of(NODE),
    pm2("listen_timeout", &[], ANY_DURATION, "3000",
        "How long PM2 waits for the program to listen or to report ready."),
    // What restarts it when files change.
    pm2("watch", &[], &[Type::Boolean, Type::Path], "false",
        "Files and directories whose changes restart it; `true` watches its directory.").many(),
    pm2("ignore_watch", &[], &[Type::Text], "dotfiles and node_modules",
        "What `watch` ignores. Logs and PM2's own default are always added.").many(),
    pm2("watch_delay", &[], ANY_DURATION, "0",
        "The delay between a change and the restart."),
    pm2("watch_options", &[], &[], "",
        "Options for chokidar, the watcher that PM2 uses.").object(),
    // Logs.
    pm2("out_file", &["out", "output", "out_log"], &[Type::Path], "~/.pm2/logs/NAME-out.log",
        "The log file for standard output.").placeholders(),
    pm2("error_file", &["error", "err", "err_file", "err_log"], &[Type::Path], "~/.pm2/logs/NAME-error.log",
        "The log file for standard error.").placeholders(),
    pm2("log_file", &["log"], &[Type::Boolean, Type::Path], "/dev/null",
        "The log file for both; `true` uses PM2's own path.").placeholders(),
    pm2("pid_file", &["pid"], &[Type::Path], "~/.pm2/pids/NAME-ID.pid",
        "The file for the process id.").placeholders(),
    pm2("merge_logs", &["combine_logs"], &[Type::Boolean], "false",
        "Whether all instances share their log files."),
    pm2("disable_logs", &[], &[Type::Boolean], "false",
        "Whether PM2 writes no logs."),
    pm2("log_type", &[], &[Type::Choice(&["json", "raw"])], "raw",
        "`json` writes each log line as an object."),
    pm2("log_date_format", &[], &[Type::Text], "",
        "The format of the timestamp before each log line, in day.js notation."),
    pm2("time", &[], &[Type::Boolean], "false",
        "Whether each log line begins with a timestamp."),
    language("rotate", Form::Each, &[Type::Size, Type::Integer { minimum: 1, maximum: 1_000 }], EVERY,
        "The size at which a log file is replaced by a new one, and how many old ones are kept: `rotate 10M, 5;`. PM2 does not do this: `check` says so."),
    // What PM2 measures.
    pm2("source_map_support", &[], &[Type::Boolean], "true",
        "Whether stack traces show source lines.").of(NODE),
    pm2("disable_source_map_support", &[], &[Type::Boolean], "false",
        "Whether stack traces show lines of the compiled files.").of(NODE),
    pm2("vizion", &[], &[Type::Boolean], "true",
        "Whether PM2 reads the program's version from its repository."),
    pm2("pmx", &[], &[Type::Boolean, Type::Name], "true",
        "Whether PM2 adds its metrics to the program."),
    pm2("automation", &[], &[Type::Boolean], "true",
        "`false` is the same as `pmx false`."),
    pm2("trace", &[], &[Type::Boolean], "false",
        "Whether transactions are traced.").of(NODE),
    pm2("disable_trace", &[], &[Type::Boolean], "true",
        "Whether transactions are not traced.").of(NODE),
    pm2("v8", &[], &[Type::Boolean], "",
        "Whether metrics of V8 are collected.").of(NODE),
    pm2("event_loop_inspector", &[], &[Type::Boolean], "",
        "Whether the event loop is inspected.").of(NODE),
    pm2("deep_monitoring", &[], &[Type::Boolean], "",
        "`trace`, `v8` and `event_loop_inspector` at once.").of(NODE),
    pm2("io", &[], &[], "",
        "Settings of PM2's monitoring.").object(),
    // What PM2 does with the entry itself.
    pm2("namespace", &[], &[Type::Name], "default",
        "The group that `pm2 restart NAMESPACE` acts on, beside those of the same name. A service of an agent is in the agent's, and seldom needs another."),
    pm2("filter_env", &[], &[Type::Boolean, Type::Text], "false",
        "Environment variables of the shell that the process does not get, by name or part of it.").many(),
    pm2("name_prefix", &[], &[Type::Text], "",
        "A prefix for the name."),
    pm2("append_env_to_name", &[], &[Type::Boolean], "false",
        "Whether PM2 appends the environment's name to the name."),
    pm2("force", &[], &[Type::Boolean], "false",
        "Whether PM2 starts it even when the same script already runs."),
    pm2("execute_command", &[], &[Type::Boolean], "",
        "`true` is the same as `exec_mode fork`."),
    pm2("post_update", &[], &[Type::Text], "",
        "Commands to run after an update from PM2's dashboard.").many(),
    pm2("install_url", &[], &[Type::Text], "",
        "Where a PM2 module was installed from."),
    pm2("username", &[], &[Type::Name], "the current user",
        "The user name that PM2 shows; PM2 7 replaces it with the current user."),
    pm2("write", &[], &[Type::Boolean], "",
        "Whether PM2 writes the configuration next to the program."),
];

/// What the language derives, and what to write instead of PM2's name for it.
pub const DERIVED: &[(&str, &str)] = &[
    ("name", "write the name after the kind: `node NAME \"directory\";`"),
    (
        "script",
        "a node service has `entry \"dist/index.js\";`, a python service `module NAME;`, \
         a script `run \"./program\", \"argument\";`",
    ),
    (
        "exec",
        "a node service has `entry \"dist/index.js\";`, a python service `module NAME;`, \
         a script `run \"./program\", \"argument\";`",
    ),
    ("cwd", "write the directory after the name: `node NAME \"directory\";`"),
];

/// The words that begin an item at the top of an ecosystem, beside the kinds of service.
pub const ITEMS: &[(&str, &str)] = &[
    ("name", "The ecosystem's name: `name promethean;`."),
    (
        "root",
        "The directory that all others are relative to. Relative to the crate's directory, which is the default.",
    ),
    ("paths", "`paths unchecked;`: the services are not checked out where this is compiled."),
    ("use", "Another ecosystem's defaults, env sets and templates, and none of its units."),
    ("include", "Another ecosystem's units, with their own root and defaults."),
    ("defaults", "Attributes of all services; the weakest layer."),
    (
        "secrets",
        "A dotenv file with `secret` values for this ecosystem and all that it includes. Relative to the root. The nearest file with a secret wins.",
    ),
    ("env", "A named set of environment variables: `env discord { … }` is used with `..discord`."),
    ("template", "Services that several agents share: `agent duck: TEMPLATE { … }`."),
    ("agent", "Services that form one unit; its name is their namespace in PM2."),
    ("external", "Something that the system needs and does not start."),
    (
        "machine",
        "A machine that units run on: `machine pi \"192.168.1.20\" { root \"/srv/app\"; has npu; }`. Units choose it with `on`.",
    ),
];

/// The statements that only agents or externals have.
pub const MEMBERS: &[(&str, &str)] = &[
    ("without", "A service of the template that this agent excludes."),
    ("override", "The strongest layer of one of the agent's services: `override voice { … }`."),
    ("hint", "What to do when the external is not available; shown with the failure."),
    (
        "has",
        "What the machine has that others may not have: `has npu, gpu;`. Units choose it with `on npu;`.",
    ),
];

/// The words of the value of a variable, and what they do.
pub const SOURCES: &[(&str, &str)] = &[
    (
        "secret",
        "The secret of this name, or of the name after it: from the nearest `secrets` file that has it, \
         else from the environment. It is read when it is needed and written nowhere.",
    ),
    (
        "inherit",
        "The variable of this name, or of the name after it, of the shell that runs the command.",
    ),
    (
        "or",
        "The value when no source before it is there: `secret or inherit \"OTHER\" or \"text\"`. An empty \
         value is there; only what is not set is not.",
    ),
    ("unset", "Leaves the variable out when no source before it is there: `inherit or unset`."),
];

/// The words in the parentheses of a dependency, besides the conditions.
pub const AWAITED: &[(&str, &str)] = &[
    (
        "timeout",
        "How long it may take until that holds: `depends_on db (ready, timeout 2m);`. Without it, as long as the probe of the target says.",
    ),
    (
        "restarts",
        "Restarts this when the other one restarts: `depends_on db (ready, restarts);`. PM2 does not do this: `check` says so.",
    ),
];

/// The statements of a block that are not attributes of the table, and what they do.
pub const STATEMENTS: &[(&str, &str)] = &[
    ("env", "Environment variables: `env { KEY = \"value\"; }`."),
    ("depends_on", "What must be started, ready or completed before this starts."),
    (
        "listen",
        "Where it listens: `listen http 8000;`, `listen http auto;`, `listen metrics: http \"0.0.0.0:9100\";`. The endpoint without a name sets PORT.",
    ),
    ("ready", "How to check that this is ready: `ready tcp \"127.0.0.1:8000\";`."),
    (
        "alive",
        "How to check that this still works: `alive http \"/health\" { interval 10s; failures 3; }`. It is restarted after so many failures in a row. PM2 does not do this: `check` says so.",
    ),
    ("profile", "Attributes for one profile: `profile production { instances 4; }`."),
    ("unset", "Removes what a weaker layer set: `unset watch;`."),
    ("allow", "Allows a lint here, with the reason: `allow missing-directory \"built later\";`."),
];
