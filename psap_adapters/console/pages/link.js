// The link to the gateway: opens it, notices when it is gone, opens it again. Knows no dialogue.

const PING_EVERY = 2000; // ms
const FIRST_PING = 300; // ms after coming up, when the first burst is drawn
const SILENT_AFTER = 7000; // ms without any message: the link is gone, whatever the browser thinks
const OPENS_WITHIN = 4000; // ms for a new link; then another attempt is worth more than patience
const ASKED_WITHIN = 1500; // ms to learn whether we are still logged in
const AWAKE_WITHIN = 3000; // ms for any message after the machine woke up or the network came back
// The gateway keeps what rings for us for 8 s (`back_within`): the first attempt is at once, and as
// long as it is away there is one every 2 s. By chance, so that not all browsers come in one moment.
const AGAIN_FIRST = 200; // ms; half of it to one and a half times
const AGAIN_MOST = 2000; // ms
const REFUSED_AGAIN = 3000; // ms after a frame was refused, to give a person time to read why
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
    this.timer = 0; // of the next attempt; 0: none is waited for
    setInterval(() => this.#beat(), PING_EVERY);
    addEventListener("online", () => this.#wake());
    addEventListener("pageshow", () => this.#wake());
    document.addEventListener("resume", () => this.#wake());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#wake();
    });
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
    const opening = this.socket?.readyState === WebSocket.CONNECTING;
    this.#doubt(opening ? OPENS_WITHIN : SILENT_AFTER);
  }

  /** The link is gone when nothing came for so many ms, whatever the browser thinks. */
  #doubt(within) {
    const socket = this.socket;
    if (socket === null || performance.now() - this.heardAt < within) return;
    this.#lost(socket, "The gateway is silent.", 0);
    socket.close();
  }

  /** The machine slept, or the network was away: do not wait, and do not trust the old link. */
  #wake() {
    if (this.ended) return;
    if (this.timer !== 0) {
      clearTimeout(this.timer);
      this.attempt = 0;
      this.#again();
    } else if (this.socket?.readyState === WebSocket.OPEN) {
      this.send({ type: "ping", sent: performance.now() });
      const [socket, before] = [this.socket, this.heardAt];
      setTimeout(() => {
        if (socket === this.socket && this.heardAt === before) this.#doubt(0);
      }, AWAKE_WITHIN);
    }
  }

  #lost(socket, reason, code) {
    if (socket !== this.socket || this.ended) return;
    this.socket = null;
    this.on.down(reason, code);
    if (code === NO_SESSION) return this.#out();
    const wait = AGAIN_FIRST * 2 ** Math.min(this.attempt, 10) * (0.5 + Math.random());
    this.attempt += 1;
    // A frame that was refused would be refused again.
    const after = code === BAD_FRAME ? REFUSED_AGAIN : Math.min(AGAIN_MOST, wait);
    this.timer = setTimeout(() => this.#again(), after);
  }

  /** A failed opening does not say why: ask whether it is the log-in. */
  async #again() {
    this.timer = 0;
    try {
      const answer = await fetch("session", {
        cache: "no-store", signal: AbortSignal.timeout(ASKED_WITHIN),
      });
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
