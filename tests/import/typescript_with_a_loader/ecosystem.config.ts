interface App {
  name: string;
  script: string;
  interpreter?: string;
  interpreter_args?: string;
}

const apps: App[] = [
  { name: "api", script: "src/api.ts", interpreter: "node", interpreter_args: "--import tsx" },
  { name: "jobs", script: "src/jobs.ts", interpreter: "ts-node" },
];

export default { apps };
