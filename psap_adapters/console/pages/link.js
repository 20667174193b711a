// The link to the gateway: opens it, notices when it is gone, opens it again. Knows no dialogue.

const PING_EVERY = 2000; // ms
const FIRST_PING = 300; // ms after coming up, when the first burst is drawn
const SILENT_AFTER = 7000; // ms without any message: the link is gone, whatever the browser thinks
const AGAIN_AFTER = [250, 500, 1000, 2000, 3000]; // ms between attempts
const VERSION = 1;
const NO_SESSION = 4401;
const BAD_FRAME = 4400;

export class Link {
  /** `on`: {frames(list), up(), down(reason, code), loggedOut(), resume() -> {leg: sequence}} */
  constructor(on) {
    this.on = on;
    this.attempt = 0;
    this.socket = null;
    this.heardAt = 0;
    this.ended = false;
    setInterval(() => this.#beat(), PING_EVERY);
  }

  open() {
    if (this.ended) return;
    const url = new URL("ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.onopen = () => this.send({ type: "hello", version: VERSION, resume: this.on.resume() });
    socket.onmessage = (message) => this.#hear(socket, message.data);
    socket.onclose = (event) => this.#lost(socket, event.reason, event.code);
  }

  /** Whether it left this browser. What must arrive is kept by the caller until it is answered. */
  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  #hear(socket, data) {
    if (socket !== this.socket) return;
    this.heardAt = performance.now();
    const frames = JSON.parse(data);
    if (frames.some((frame) => frame.type === "logged_out")) return this.#out();
    if (frames.some((frame) => frame.type === "welcome")) {
      this.attempt = 0;
      this.on.up();
      setTimeout(() => this.#beat(), FIRST_PING);
    }
    this.on.frames(frames);
  }

  #beat() {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.send({ type: "ping", sent: performance.now() });
    }
    if (this.socket !== null && performance.now() - this.heardAt > SILENT_AFTER) {
      const socket = this.socket;
      this.#lost(socket, "The gateway is silent.", 0);
      socket.close();
    }
  }

  #lost(socket, reason, code) {
    if (socket !== this.socket || this.ended) return;
    this.socket = null;
    this.on.down(reason, code);
    if (code === NO_SESSION) return this.#out();
    const wait = AGAIN_AFTER[Math.min(this.attempt, AGAIN_AFTER.length - 1)];
    this.attempt += 1;
    // A frame that was refused would be refused again: give a person time to read why.
    setTimeout(() => this.#again(), code === BAD_FRAME ? 3000 : wait);
  }

  /** A failed opening does not say why: ask whether it is the log-in. */
  async #again() {
    try {
      const answer = await fetch("session", { cache: "no-store" });
      if (answer.status === 401) return this.#out();
    } catch {
      // Not reachable at all. Opening fails too, and that is what counts and what is shown.
    }
    this.open();
  }

  #out() {
    this.ended = true;
    this.on.loggedOut();
  }
}
