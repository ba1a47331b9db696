"use strict";
// A press on a spectrogram plays its sound, and stops the one before.
(() => {
  const audio = new Audio(), fault = document.getElementById("fault");
  let playing = null;
  const stop = () => { playing?.classList.remove("playing"); playing = null; };
  for (const button of document.querySelectorAll("button[data-sound]")) {
    button.addEventListener("click", () => {
      stop();
      playing = button;
      button.classList.add("playing");
      audio.src = button.dataset.sound;
      audio.play().catch((error) => {
        if (error.name === "AbortError") return; // another sound was pressed
        stop();
        fault.textContent = `The sound cannot be played here (${error.name}).`;
        fault.hidden = false;
      });
    });
  }
  audio.addEventListener("ended", stop);
})();
