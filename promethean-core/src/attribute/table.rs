//! The table itself. PM2's rows are PM2 7.0.4's `lib/API/schema.json`, with what
//! `lib/Common.js` and `lib/God.js` make of them.

use super::{Attribute, Form, Owner, Part, Type};
use crate::kind::{Kind, Runner};

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

const fn pm2(
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
    const fn many(self) -> Attribute {
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
        "The Python module that `python -m` runs; `main` without it.").part(Part::Module),
    language("entry", Form::One, &[Type::Path], NODE,
        "The JavaScript file to run; without it the directory itself, as its `package.json` says.").part(Part::Entry),
    language("run", Form::Many, &[Type::Text], EVERY,
        "The program and its first arguments. A script needs it; Python runs it with its runner in place of `python -m`; with `runner npm` it is the script of `package.json`.").placeholders().part(Part::Run),
    pm2("args", &[], &[Type::Text], "",
        "Arguments for the program, each a value of its own.").many().placeholders().part(Part::Arguments),
    pm2("interpreter", &["exec_interpreter"], &[Type::Name], "node",
        "The program that runs the script; `none` for what runs by itself.").of(NODE_AND_SCRIPT).part(Part::Interpreter),
    pm2("node_args", &["interpreter_args"], &[Type::Text], "",
        "Arguments for the interpreter, before the script.").many().of(NODE_AND_SCRIPT).part(Part::InterpreterArguments),
    language("env_file", Form::One, &[Type::Path], EVERY,
        "A dotenv file whose variables the process gets. Its values are secrets: they are read when they are needed and never written. They are weaker than the `env` of the block that names the file."),
    language("secrets", Form::One, &[Type::Path], EVERY,
        "A dotenv file that `secret` values are read from, before those of wider blocks, of the ecosystem, of the ecosystems that include it, and the environment. Relative to the service's directory in a service, to the root elsewhere."),
    language("only_profile", Form::Many, &[Type::Name], EVERY,
        "The service exists in these profiles alone."),
    // How it runs.
    pm2("exec_mode", &[], &[Type::Choice(&["fork", "cluster", "fork_mode", "cluster_mode"])], "fork",
        "How PM2 starts it. Without it PM2 runs a Node program that has `instances` in a cluster."),
    pm2("instances", &[], &[Type::Integer { minimum: -1_024, maximum: 1_024 }, Type::Choice(&["max"])], "1",
        "How many processes; `max` is one for each processor, a negative number that many fewer."),
    pm2("port", &[], PORT, "",
        "PM2 sets the environment variable PORT to it."),
    pm2("increment_var", &[], &[Type::Name], "",
        "The name of an environment variable that counts up from instance to instance."),
    pm2("instance_var", &[], &[Type::Name], "NODE_APP_INSTANCE",
        "The name of the environment variable that holds the number of the instance."),
    pm2("autostart", &[], &[Type::Boolean], "true",
        "Whether it is started when it is added."),
    pm2("uid", &["user"], USER, "the current user",
        "The user the process runs as; PM2 must run as root."),
    pm2("gid", &[], USER, "the current user's group",
        "The group the process runs as; PM2 must run as root."),
    pm2("windowsHide", &["windows_hide"], &[Type::Boolean], "true",
        "Whether Windows shows no window for the process."),
    // When it is restarted and stopped.
    pm2("autorestart", &[], &[Type::Boolean], "true",
        "Whether it is started again when it ends."),
    pm2("restart_delay", &[], ANY_DURATION, "0",
        "The pause before it is started again."),
    pm2("exp_backoff_restart_delay", &[], ANY_DURATION, "0",
        "The first pause before it is started again; each one is longer than the one before."),
    pm2("max_restarts", &[], COUNT, "16",
        "After how many restarts within `min_uptime` PM2 gives up."),
    pm2("min_uptime", &[], &[Type::Duration { minimum: 100 }], "1000",
        "How long it must run for a start to count as a success."),
    pm2("stop_exit_codes", &[], &[Type::Integer { minimum: 0, maximum: 255 }], "",
        "Exit codes after which it is not started again.").many(),
    pm2("max_memory_restart", &[], &[Type::Size], "",
        "It is restarted when it takes more memory than this."),
    pm2("cron_restart", &["cron"], &[Type::Cron], "",
        "It is restarted at these times."),
    pm2("kill_timeout", &[], ANY_DURATION, "1600",
        "How long it has to end after SIGINT before it is killed."),
    pm2("kill_retry_time", &[], ANY_DURATION, "100",
        "The pause between two looks at whether it has ended."),
    pm2("treekill", &[], &[Type::Boolean], "true",
        "Whether its child processes are stopped with it."),
    pm2("shutdown_with_message", &[], &[Type::Boolean], "false",
        "It is stopped by the message `shutdown` and not by a signal.").of(NODE),
    pm2("wait_ready", &[], &[Type::Boolean], "false",
        "PM2 waits until the program calls `process.send('ready')`.").of(NODE),
    pm2("listen_timeout", &[], ANY_DURATION, "3000",
        "How long PM2 waits for the program to listen, or to say it is ready."),
    // What restarts it when files change.
    pm2("watch", &[], &[Type::Boolean, Type::Path], "false",
        "Files and folders whose changes restart it; `true` is its directory.").many(),
    pm2("ignore_watch", &[], &[Type::Text], "dotfiles and node_modules",
        "What `watch` does not look at. The logs and PM2's own default are always added.").many(),
    pm2("watch_delay", &[], ANY_DURATION, "0",
        "The pause between a change and the restart."),
    pm2("watch_options", &[], &[], "",
        "Options for chokidar, which does the watching.").object(),
    // Logs.
    pm2("out_file", &["out", "output", "out_log"], &[Type::Path], "~/.pm2/logs/NAME-out.log",
        "The file that standard output is appended to.").placeholders(),
    pm2("error_file", &["error", "err", "err_file", "err_log"], &[Type::Path], "~/.pm2/logs/NAME-error.log",
        "The file that standard error is appended to.").placeholders(),
    pm2("log_file", &["log"], &[Type::Boolean, Type::Path], "/dev/null",
        "The file that both are appended to; `true` is PM2's own place for it.").placeholders(),
    pm2("pid_file", &["pid"], &[Type::Path], "~/.pm2/pids/NAME-ID.pid",
        "The file the process id is written to.").placeholders(),
    pm2("merge_logs", &["combine_logs"], &[Type::Boolean], "false",
        "Whether all instances share one log file of each sort."),
    pm2("disable_logs", &[], &[Type::Boolean], "false",
        "No log is kept."),
    pm2("log_type", &[], &[Type::Choice(&["json", "raw"])], "raw",
        "`json` writes each log line as an object."),
    pm2("log_date_format", &[], &[Type::Text], "",
        "The format of the time before each log line, as day.js writes it."),
    pm2("time", &[], &[Type::Boolean], "false",
        "The time stands before each log line."),
    // What PM2 measures.
    pm2("source_map_support", &[], &[Type::Boolean], "true",
        "Whether stack traces name the lines of the sources.").of(NODE),
    pm2("disable_source_map_support", &[], &[Type::Boolean], "false",
        "Stack traces name the lines of the compiled files.").of(NODE),
    pm2("vizion", &[], &[Type::Boolean], "true",
        "Whether PM2 reads the version of the program from its repository."),
    pm2("pmx", &[], &[Type::Boolean, Type::Name], "true",
        "Whether PM2 puts its own metrics into the program."),
    pm2("automation", &[], &[Type::Boolean], "true",
        "`false` is `pmx false`."),
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
        "Settings of PM2's own monitoring.").object(),
    // What PM2 does with the entry itself.
    pm2("filter_env", &[], &[Type::Boolean, Type::Text], "false",
        "Names, or parts of names, of environment variables of the starting shell that the process does not get.").many(),
    pm2("name_prefix", &[], &[Type::Text], "",
        "A text before the name."),
    pm2("append_env_to_name", &[], &[Type::Boolean], "false",
        "Whether the name of the environment is appended to the name."),
    pm2("force", &[], &[Type::Boolean], "false",
        "It is started even when the same script already runs."),
    pm2("execute_command", &[], &[Type::Boolean], "",
        "`true` is `exec_mode fork`."),
    pm2("post_update", &[], &[Type::Text], "",
        "Commands that are run after an update from PM2's dashboard.").many(),
    pm2("install_url", &[], &[Type::Text], "",
        "Where a PM2 module was installed from."),
    pm2("username", &[], &[Type::Name], "the current user",
        "The name PM2 shows for the user; PM2 7 replaces it with that of whoever runs it."),
    pm2("write", &[], &[Type::Boolean], "",
        "Whether PM2 writes the configuration beside the program."),
];

/// What the language derives, and what to write instead of PM2's name for it.
pub const DERIVED: &[(&str, &str)] = &[
    ("name", "the name stands behind the kind: `node NAME \"directory\";`"),
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
    ("cwd", "the directory stands behind the name: `node NAME \"directory\";`"),
    ("namespace", "the namespace is the agent: `agent NAME { … }` around its services"),
];

/// The words that begin an item at the top of an ecosystem, beside the kinds of service.
pub const ITEMS: &[(&str, &str)] = &[
    ("name", "The ecosystem's name: `name promethean;`."),
    (
        "root",
        "The directory that all others are relative to; itself relative to the crate's, which it is without this.",
    ),
    ("paths", "`paths unchecked;`: the services are not checked out where this is compiled."),
    ("use", "Another ecosystem's defaults, env sets and templates, and none of its units."),
    ("include", "Another ecosystem's units, with their own root and defaults."),
    ("defaults", "Attributes of all services; the weakest layer."),
    (
        "secrets",
        "A dotenv file that `secret` values of all that is inside are read from, also of what is included; relative to the root. The nearest one that has a secret wins.",
    ),
    ("env", "A named set of environment variables: `env discord { … }` is used with `..discord`."),
    ("template", "Services that several agents consist of: `agent duck: TEMPLATE { … }`."),
    ("agent", "Services that are one unit; its name is their namespace in PM2."),
    ("external", "Something that the system needs and does not start."),
];

/// The statements that only agents or externals have.
pub const MEMBERS: &[(&str, &str)] = &[
    ("without", "A service of the template that this agent does not have."),
    ("override", "The strongest layer of one of the agent's services: `override voice { … }`."),
    ("hint", "What to do when the external is not there; shown with the failure."),
];

/// The statements of a block that are not attributes of the table, and what they do.
pub const STATEMENTS: &[(&str, &str)] = &[
    ("env", "Environment variables: `env { KEY = \"value\"; }`."),
    ("depends_on", "What must have been started, be ready or have completed before this starts."),
    ("ready", "How to find out that this is ready: `ready tcp \"127.0.0.1:8000\";`."),
    ("profile", "Attributes for one profile: `profile production { instances 4; }`."),
    ("unset", "Takes away what a weaker layer gave: `unset watch;`."),
    ("allow", "Allows a lint here, with the reason: `allow missing-directory \"built later\";`."),
];

/// What people write, and the attribute or statement they mean; beyond what differs by a few
/// letters.
pub const MEANT: &[(&str, &str)] = &[
    ("watch_ignore", "ignore_watch"),
    ("ignored_watch", "ignore_watch"),
    ("ignore", "ignore_watch"),
    ("exclude", "ignore_watch"),
    ("max_memory", "max_memory_restart"),
    ("memory_limit", "max_memory_restart"),
    ("memory", "max_memory_restart"),
    ("restart", "autorestart"),
    ("always_restart", "autorestart"),
    ("delay", "restart_delay"),
    ("backoff", "exp_backoff_restart_delay"),
    ("retries", "max_restarts"),
    ("restarts", "max_restarts"),
    ("mode", "exec_mode"),
    ("workers", "instances"),
    ("replicas", "instances"),
    ("schedule", "cron_restart"),
    ("cron_schedule", "cron_restart"),
    ("stop_timeout", "kill_timeout"),
    ("grace_period", "kill_timeout"),
    ("ready_timeout", "listen_timeout"),
    ("stdout", "out_file"),
    ("stderr", "error_file"),
    ("logs", "log_file"),
    ("log_format", "log_date_format"),
    ("date_format", "log_date_format"),
    ("timestamps", "time"),
    ("command", "run"),
    ("cmd", "run"),
    ("program", "run"),
    ("arguments", "args"),
    ("argv", "args"),
    ("main", "entry"),
    ("file", "entry"),
    ("dotenv", "env_file"),
    ("environment", "env"),
    ("variables", "env"),
    ("requires", "depends_on"),
    ("needs", "depends_on"),
    ("after", "depends_on"),
    ("wait_for", "depends_on"),
    ("healthcheck", "ready"),
    ("health_check", "ready"),
    ("probe", "ready"),
    ("profiles", "only_profile"),
    ("package_manager", "runner"),
    ("virtualenv", "runner"),
];
