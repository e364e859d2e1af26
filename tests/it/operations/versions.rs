//! The versions of PM2 that work.
//!
//! PM2's own.

use promethean::{Ecosystem, ecosystem};

use super::conventions;
use super::scene::Scene;

static SYSTEM: Ecosystem = ecosystem! {
    name versions;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    agent duck {
        node web { entry "listen.js"; env { LISTEN = 0; } ready log "listening" { interval 50ms; } }
        script worker { run "./stamp.sh"; depends_on web; }
    }
};

static CHANGED: Ecosystem = ecosystem! {
    name versions;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    agent duck {
        node web { entry "listen.js"; env { LISTEN = 0; } ready log "listening" { interval 50ms; } }
        script worker { run "./stamp.sh"; depends_on web; kill_timeout 3s; }
    }
};

#[test]
fn from_the_oldest_to_the_newest_all_can_be_driven() {
    for package in ["pm2-5.0", "pm2-5", "pm2-6", "pm2"] {
        let mut scene = Scene::on(package);
        let target = scene.target(&SYSTEM);
        scene.up(&target).unwrap();
        assert!(scene.plan(&target).is_empty(), "{package}: {:?}", scene.plan(&target));
        let web = scene.pid("duck_web");
        let changed = scene.target(&CHANGED);
        assert_eq!(Scene::kinds(&scene.plan(&changed))["duck_worker"], "change", "{package}");
        scene.apply(&changed).unwrap();
        assert_eq!(scene.pid("duck_web"), web, "{package}");
        assert_eq!(scene.pm2.app("duck_worker")["pm2_env"]["kill_timeout"], 3000, "{package}");
        let down = scene.down(&changed);
        assert_eq!(down.stopped, ["duck_worker", "duck_web"], "{package}");
        assert!(scene.processes().is_empty(), "{package}");
    }
}
