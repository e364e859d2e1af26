module.exports = {
  apps: [
    { name: "shop", namespace: "shop", script: "shop.js" },
    { name: "cart", namespace: "shop", script: "cart.js" },
    { name: "api", namespace: "all", script: "api.js" },
    { name: "duck_voice", namespace: "duck", script: "voice.js" },
    { name: "duck", namespace: "duck", script: "duck.js" },
    { name: "nest", namespace: "duck", script: "nest.js" },
  ],
};
