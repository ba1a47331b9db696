// Electrodes below the head: a cell for each, as strong as its signal at the time that the page shows.
(() => {
  const { electrodes } = JSON.parse(document.getElementById("data").textContent);
  const canvas = document.getElementById("electrodes"), pen = canvas.getContext("2d");
  const levels = Uint8Array.from(atob(electrodes.levels), (letter) => letter.charCodeAt(0));
  const { places, rate, size } = electrodes, frames = levels.length / places.length;

  function draw() {
    const time = Number(document.body.dataset.time) || 0;
    const frame = Math.min(frames - 1, Math.max(0, Math.round(time * rate)));
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = pen.strokeStyle = getComputedStyle(canvas).color;
    places.forEach(([row, column], number) => {
      pen.globalAlpha = 0.25;
      pen.strokeRect(column * size + 1.5, row * size + 1.5, size - 3, size - 3);
      pen.globalAlpha = levels[frame * places.length + number] / 255;
      pen.fillRect(column * size + 2, row * size + 2, size - 4, size - 4);
    });
    canvas.dataset.frame = String(frame);
  }

  new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["data-time"] });
  draw();
})();
