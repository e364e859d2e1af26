fetch(process.env.DATABASE_URL, { method: "POST", body: "the first job" }).then(() => {
  console.log("the database is ready");
});
