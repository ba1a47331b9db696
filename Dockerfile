# The command artinv with ffmpeg, for inversion without Python: see docs/python.md. No check builds this image.
FROM python:3.11-slim AS build
COPY . /source
RUN pip wheel --no-deps --wheel-dir /wheels /source

FROM python:3.11-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /wheels /wheels
COPY requirements.txt /wheels/
RUN pip install --no-cache-dir --constraint /wheels/requirements.txt /wheels/*.whl && rm -rf /wheels
WORKDIR /data
ENTRYPOINT ["artinv"]
