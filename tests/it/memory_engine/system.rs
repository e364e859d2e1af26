//! Random systems.

use std::time::Duration;

use camino::Utf8Path;
use promethean::declaration::{Condition, Declaration};
use promethean::operations::Target;
use promethean::{Ecosystem, Options};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::Needs;

/// What is random of an app.
#[derive(Clone, Debug)]
pub struct Unit {
    /// How far before it those stand that it depends on, and whether they have to complete.
    needs: Vec<(usize, bool)>,
    /// Whether it ends by itself.
    once: bool,
    /// How many processes it has.
    instances: u8,
    /// Its definition changes with this.
    revision: u8,
}

/// A random system.
#[derive(Clone, Debug)]
pub struct Random(Vec<Unit>);

/// Systems of up to ten apps.
pub fn systems() -> impl Strategy<Value = Random> {
    let needs = proptest::collection::vec((1..5_usize, any::<bool>()), 0..4);
    let unit = (needs, prop::bool::weighted(0.3), 1..3_u8, 0..2_u8)
        .prop_map(|(needs, once, instances, revision)| Unit { needs, once, instances, revision });
    proptest::collection::vec(unit, 1..10).prop_map(Random)
}

impl Random {
    fn unit(&self, index: usize) -> &Unit {
        &self.0[index]
    }

    fn name(index: usize) -> String {
        format!("app-{index}")
    }

    /// What an app depends on, each once.
    fn needs_of(&self, index: usize) -> Vec<(usize, Condition)> {
        let mut needs: Vec<(usize, Condition)> = Vec::new();
        for (before, completes) in &self.unit(index).needs {
            let Some(on) = index.checked_sub(*before) else { continue };
            let condition = match *completes && self.unit(on).once {
                true => Condition::Completed,
                false => Condition::Started,
            };
            if needs.iter().all(|(known, _)| *known != on) {
                needs.push((on, condition));
            }
        }
        needs
    }

    /// The names of the apps.
    pub fn names(&self) -> Vec<String> {
        (0..self.0.len()).map(Random::name).collect()
    }

    /// The apps that end by themselves.
    pub fn once(&self) -> Vec<String> {
        let once = self.0.iter().enumerate().filter(|(_, unit)| unit.once);
        once.map(|(index, _)| Random::name(index)).collect()
    }

    /// What the apps need.
    pub fn needs(&self) -> Needs {
        let needs = |index| {
            let needs = self.needs_of(index).into_iter();
            needs.map(|(on, condition)| (Random::name(on), condition)).collect()
        };
        (0..self.0.len()).map(|index| (Random::name(index), needs(index))).collect()
    }

    /// How many processes an app has.
    pub fn instances(&self, name: &str) -> usize {
        let index = self.names().iter().position(|known| known == name);
        index.map_or(0, |index| self.unit(index).instances.into())
    }

    fn declared(&self, index: usize) -> Value {
        let Unit { once, instances, revision, .. } = self.unit(index);
        let needs = self
            .needs_of(index)
            .into_iter()
            .map(|(on, condition)| json!({"unit": [Random::name(on)], "condition": condition}));
        json!({"service": {"kind": "script", "name": Random::name(index), "block": {
            "settings": {
                "run": ["sh", format!("revision-{revision}")],
                "autorestart": [!once],
                "instances": [instances],
            },
            "depends_on": needs.collect::<Vec<_>>(),
        }}})
    }

    /// The whole of it, in a directory that is there.
    pub fn target(&self, root: &Utf8Path) -> Target {
        let units: Vec<Value> = (0..self.0.len()).map(|index| self.declared(index)).collect();
        Random::target_of(&units, root)
    }

    /// The same with a schedule for each app, without what ends by itself and without dependencies: what is
    /// between two runs does not run.
    pub fn scheduled(&self, root: &Utf8Path) -> Target {
        let units = (0..self.0.len()).map(|index| {
            let mut unit = self.declared(index);
            let block = &mut unit["service"]["block"];
            block["settings"]["autorestart"] = json!([true]);
            block["settings"]["cron_restart"] = json!(["* * * * * *"]);
            block["depends_on"] = json!([]);
            unit
        });
        Random::target_of(&units.collect::<Vec<Value>>(), root)
    }

    fn target_of(units: &[Value], root: &Utf8Path) -> Target {
        let declaration: Declaration =
            serde_json::from_value(json!({"name": "random", "units": units})).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
        let target = Target::new(&ecosystem, &Options::default()).unwrap();
        target.waiting(Duration::from_secs(600))
    }
}
