// A page that is opened from a file may start no Worker. This one runs the search's script in a hidden frame instead;
// messages wait for the next turn of the event loop, as those of a Worker do.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.onmessage = null;
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "search";
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => setTimeout(() => this.hear(structuredClone(data)));
      this.loaded = new Promise((done, failed) => {
        const script = inside.document.createElement("script");
        script.src = url;
        script.onload = done;
        script.onerror = failed;
        inside.document.body.append(script);
      });
    }
    hear(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      this.onmessage?.(event);
    }
    postMessage(data) {
      const copy = structuredClone(data);
      this.loaded.then(() =>
        setTimeout(() => this.frame.contentWindow?.dispatchEvent(new MessageEvent("message", { data: copy }))),
      );
    }
    terminate() {
      this.frame.remove();
    }
  };
}
