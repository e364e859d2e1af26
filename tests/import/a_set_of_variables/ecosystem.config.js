const aws = { AWS_REGION: "eu-west-1", AWS_BUCKET: "uploads", AWS_ENDPOINT: "https://s3.example.org" };

module.exports = {
  apps: [
    { name: "web", script: "web.js", env: { PORT: 3000 } },
    { name: "upload", script: "upload.js", env: { ...aws, PORT: 3001 } },
    { name: "thumbnails", script: "thumbnails.js", env: { ...aws, SIZES: "64,128" } },
    { name: "search", script: "search.js" },
    { name: "mail", script: "mail.js" },
  ],
};
