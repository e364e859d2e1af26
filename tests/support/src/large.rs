//! Ecosystems of many services, each large in one way: what is done with them must not take more
//! time for each service the more services there are.

use std::fmt::Write as _;

/// An ecosystem of a shape, for a number of services.
pub type Shape = fn(usize) -> String;

/// All shapes, by what there is much of.
pub const SHAPES: &[(&str, Shape)] = &[
    ("services alone", services),
    ("each depends on the one before", chain),
    ("each depends on ten others", dense),
    ("one agent with all services", one_agent),
    ("agents of one template", agents),
    ("templates and their agents", templates),
    ("services left out and changed", changes),
    ("env sets that spread each other", sets),
    ("variables in one env", variables),
    ("included ecosystems", includes),
    ("profiles", profiles),
    ("unknown names", unknown_names),
    ("unknown units of an agent", unknown_units_of_an_agent),
    ("missing variables", missing_variables),
    ("names twice", names_twice),
    ("mistakes in the grammar", grammar_mistakes),
    ("names one cannot tell apart", similar_names),
    ("cycles", cycles),
    ("directories that are not there", missing_directories),
    ("groups in each other", groups),
    ("angles in each other", angles),
];

/// `each` for every number, between two texts.
fn repeated(before: &str, count: usize, after: &str, each: impl Fn(usize) -> String) -> String {
    let mut text = String::from(before);
    for index in 0..count {
        writeln!(text, "{}", each(index)).expect("a string takes all");
    }
    text.push_str(after);
    text
}

const UNCHECKED: &str = "paths unchecked;\n";

fn services(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        format!(
            "node s{index} \"services/s{index}\" {{ instances 2; restart_delay 10s; \
             env {{ A = \"value {index}\"; B = {index}; C = true; D = \"{{name}}\"; }} }}"
        )
    })
}

fn chain(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| match index.checked_sub(1) {
        None => "node s0;".to_owned(),
        Some(before) => format!("node s{index} {{ depends_on s{before}; }}"),
    })
}

fn dense(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        let before: Vec<String> =
            (index.saturating_sub(10)..index).map(|other| format!("s{other}")).collect();
        match before.is_empty() {
            true => format!("node s{index};"),
            false => format!("node s{index} {{ depends_on {}; }}", before.join(", ")),
        }
    })
}

fn one_agent(count: usize) -> String {
    let after = "} node other { depends_on duck; }";
    repeated("paths unchecked; agent duck {\n", count, after, |index| match index.checked_sub(1) {
        None => "node s0;".to_owned(),
        Some(before) => format!(
            "node s{index} {{ depends_on s{before}; }} node t{index} {{ depends_on duck.s{before}; }}"
        ),
    })
}

fn agents(count: usize) -> String {
    let ten = repeated(
        "paths unchecked; env set { KEY; OTHER = 1; }\ntemplate ten { env { ..set; }\n",
        10,
        "}\n",
        |index| format!("node s{index} \"services/s{index}\" {{ env {{ A = {index}; }} }}"),
    );
    repeated(&ten, count / 10, "", |index| {
        let before = index.saturating_sub(1);
        let depends_on =
            if index == 0 { String::new() } else { format!("depends_on a{before}.s0;") };
        format!("agent a{index}: ten {{ {depends_on} env {{ KEY = {index}; }} }}")
    })
}

fn templates(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        format!("template t{index} {{ node s; }} agent a{index}: t{index};")
    })
}

fn changes(count: usize) -> String {
    let template = repeated("paths unchecked; template all {\n", count * 2, "}\n", |index| {
        format!("node s{index};")
    });
    repeated(&format!("{template}agent duck: all {{\n"), count, "}", |index| {
        let kept = count + index;
        format!("without s{index}; override s{kept} {{ env {{ A = {index}; }} }}")
    })
}

fn sets(count: usize) -> String {
    let sets = repeated(UNCHECKED, count, "", |index| match index.checked_sub(1) {
        None => "env e0 { K = 1; }".to_owned(),
        Some(before) => format!("env e{index} {{ ..e{before}; ..e{before}; K = {index}; }}"),
    });
    format!("{sets}node s {{ env {{ ..e{}; }} }}", count.saturating_sub(1))
}

fn variables(count: usize) -> String {
    repeated("paths unchecked; node s { env {\n", count, "} }", |index| {
        format!("KEY_{index} = {index};")
    })
}

fn includes(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        format!("include services::s{index}::S; node s{index} {{ depends_on other::O{index}; }}")
    })
}

fn profiles(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        let profile = index % 10;
        format!("node s{index} {{ port {}; profile p{profile} {{ instances 1; }} }}", index + 1)
    })
}

fn unknown_names(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        format!("node service_{index} {{ depends_on sarvice_{index}; env {{ ..set_{index}; }} }}")
    })
}

fn unknown_units_of_an_agent(count: usize) -> String {
    let agent = repeated("paths unchecked; agent duck {\n", count, "}\n", |index| {
        format!("node s{index};")
    });
    repeated(&agent, count, "", |index| format!("node x{index} {{ depends_on duck.t{index}; }}"))
}

fn missing_variables(count: usize) -> String {
    repeated("paths unchecked; env set { KEY; }\n", count, "", |index| {
        format!("node s{index} {{ env {{ ..set; }} }}")
    })
}

fn names_twice(count: usize) -> String {
    repeated(UNCHECKED, count, "", |_| "node same { watch true; watch true; }".to_owned())
}

fn grammar_mistakes(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        format!("node s{index} {{ watch = true; run ['x']; depends_on s{index}x; }}")
    })
}

fn similar_names(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        format!("agent a_{index} {{ node s; }} agent a-{index} {{ node s; }}")
    })
}

fn cycles(count: usize) -> String {
    repeated(UNCHECKED, count, "", |index| {
        let next = (index + 1) % count.max(1);
        format!("node s{index} {{ depends_on s0, s{next}; }}")
    })
}

fn missing_directories(count: usize) -> String {
    repeated("", count, "", |index| format!("node s{index} \"srk/s{index}\";"))
}

fn groups(count: usize) -> String {
    format!("defaults {}{}", "{".repeat(count), "}".repeat(count))
}

fn angles(count: usize) -> String {
    format!("defaults {}{} node web;", "<".repeat(count), ">".repeat(count))
}
