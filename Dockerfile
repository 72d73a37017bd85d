# The server as an image: `docker compose build`, or by hand `docker build --build-arg BUILD_ID="$(git rev-parse --short HEAD)" .`
# Alone: docker run -p 127.0.0.1:3001:3001 -v holdline-data:/data -e JWT_SECRET holdline:blue

FROM oven/bun:1.4.5-slim AS build
WORKDIR /build/app
COPY app/package.json app/bun.lock app/bunfig.toml ./
RUN bun install --frozen-lockfile --production
COPY app/ ./
RUN bun build-server.ts /bundle

FROM oven/bun:1.4.5-slim
# Made here, so that a volume mounted there belongs to who writes it. No VOLUME: in the stack nothing is kept in it.
RUN install --directory --owner=1000 --group=1000 /data /var/log/holdline
WORKDIR /app
COPY --from=build /bundle ./
COPY LICENSE ./

ENV NODE_ENV=production \
    DATABASE_PATH=/data/holdline.db \
    CONTROL_SOCKET=/tmp/control.sock \
    LOG_DIR=/var/log/holdline
EXPOSE 3001
USER 1000:1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["bun", "--eval", "process.exit((await fetch(`http://127.0.0.1:${process.env.PORT ?? 3001}/health/live`)).ok ? 0 : 1)"]
CMD ["bun", "main.js"]

# Last, so that another id rebuilds nothing.
ARG VERSION=0.1.0
ARG BUILD_ID=local
ENV BUILD_ID=$BUILD_ID
LABEL org.opencontainers.image.title="Holdline" \
      org.opencontainers.image.description="Real-time chat and notification server over WebSocket: a deploy nobody notices" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$BUILD_ID"
