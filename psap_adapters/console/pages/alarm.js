// Being heard and seen: the alarm loops while somebody waits, the title and the icon say it too, and when
// the browser blocks sound the page says so loudly, because a silent console is a dangerous one.

import { $ } from "./dom.js";

const TEST_FOR = 1600; // ms

export class Alarm {
  constructor(changed) {
    this.alarm = $("alarm");
    this.chime = $("chime");
    this.changed = changed;
    this.state = "unknown"; // "on" | "blocked" | "broken"
    this.wanted = false;
    this.testing = 0;
    this.title = document.title;
    for (const sound of [this.alarm, this.chime]) {
      sound.addEventListener("error", () => this.#is("broken"));
    }
  }

  /** Somebody waits, or nobody does. Called often. */
  ring(wanted) {
    this.wanted = wanted;
    const play = wanted || this.testing !== 0;
    if (play && this.alarm.paused) this.#play(this.alarm);
    if (!play && !this.alarm.paused) {
      this.alarm.pause();
      this.alarm.currentTime = 0;
    }
  }

  /** New text in a dialogue of mine. The alarm is louder, so then it is not needed. */
  ping() {
    if (this.alarm.paused) this.#play(this.chime);
  }

  test() {
    clearTimeout(this.testing);
    this.testing = setTimeout(() => {
      this.testing = 0;
      this.ring(this.wanted);
    }, TEST_FOR);
    this.ring(this.wanted);
  }

  /** `since`: seconds the oldest has been waiting. */
  tell(waiting, since, words) {
    const title = waiting ? `\u25b2 ${waiting} WAITING ${since}` : words;
    if (document.title !== title) document.title = title;
    const icon = waiting ? "/assets/icon-alarm.svg" : "/assets/icon.svg";
    if ($("icon").getAttribute("href") !== icon) $("icon").setAttribute("href", icon);
  }

  async #play(sound) {
    try {
      await sound.play();
      this.#is("on");
    } catch (error) {
      // AbortError only means that it was paused again before it began.
      if (error.name === "NotAllowedError") this.#is("blocked");
      else if (error.name !== "AbortError") this.#is("broken");
    }
  }

  #is(state) {
    if (this.state === state) return;
    this.state = state;
    this.changed();
  }
}
