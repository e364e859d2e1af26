use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    python a { module "main.py"; }
    python b { module "src/server.py"; }
    python c { module "./app/__main__.py"; }
    python d { module "main:app"; }
    python e { module "python main.py"; }
    python f { module "app.server"; }
};

fn main() {}
