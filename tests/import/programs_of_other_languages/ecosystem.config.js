module.exports = {
  apps: [
    { name: "rust", script: "./target/release/server", interpreter: "none", args: "--port 7000" },
    { name: "go", script: "./bin/relay", exec_interpreter: "none" },
    { name: "shell", script: "./run.sh" },
    { name: "php", script: "artisan", interpreter: "php", args: "queue:work --sleep=3" },
    { name: "ruby", script: "app.rb" },
    { name: "docker", script: "docker", args: "compose up" },
    { name: "java", script: "java", args: ["-jar", "app.jar"], interpreter: "" },
    { name: "line", script: "python manage.py runserver 0.0.0.0:8000" },
    { name: "command", command: "caddy run", max_restarts: 3 },
    { name: "deno", script: "server.ts", interpreter: "deno", interpreter_args: "run --allow-net" },
    { name: "bun", script: "index.ts", interpreter: "bun" },
    { name: "www", script: "./bin/www" },
  ],
};
