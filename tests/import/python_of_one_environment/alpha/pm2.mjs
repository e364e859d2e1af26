// Alpha embeds texts. It needs 4 GB.
export default {
  name: "alpha",
  env: { WORKERS: 2, PORT: 8001 }, // two are enough; more do not fit
};
