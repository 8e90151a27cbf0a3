// A page that is opened from a file may start no Worker. This one runs the search's script in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.onmessage = null;
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "search";
      this.ready = new Promise((done) => (this.frame.onload = done));
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      const say = (data) => {
        const event = new MessageEvent("message", { data });
        this.dispatchEvent(event);
        this.onmessage?.(event);
      };
      inside.postMessage = say;
      this.loaded = new Promise((done, failed) => {
        const script = inside.document.createElement("script");
        script.src = url;
        script.onload = done;
        script.onerror = failed;
        inside.importScripts = (...sources) =>
          sources.reduce(
            (before, source) =>
              before.then(
                () =>
                  new Promise((next, stop) => {
                    const part = inside.document.createElement("script");
                    part.src = source;
                    part.onload = next;
                    part.onerror = stop;
                    inside.document.body.append(part);
                  }),
              ),
            Promise.resolve(),
          );
        inside.document.body.append(script);
      });
    }
    postMessage(data) {
      this.loaded.then(() => {
        const event = new MessageEvent("message", { data });
        this.frame.contentWindow.dispatchEvent(event);
      });
    }
    terminate() {
      this.frame.remove();
    }
  };
}
