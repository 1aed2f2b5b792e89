# docker build -t face-swap-gateway .
# docker run -p 4000:4000 -v face-swaps:/data --memory 2g --env-file .env face-swap-gateway
# with at least GATEWAY_API_KEYS in .env: `npm run keys -- NAME` prints a value.
#
# `npm run smoke` runs these instructions without Docker, so they use only what scripts/dockerfile.ts supports.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/react/package.json packages/react/
# Without scripts, because "prepare" builds and the sources are not there yet. They are copied afterwards, so that a change to
# them does not invalidate this layer.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:24.21.0-bookworm-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/react/package.json packages/react/
# Optional packages are Node itself (190 MB, for machines whose Node is too old) and sharp's binaries. The workspaces are not
# needed to run the gateway.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --workspaces=false
# sharp's binaries are needed after all; npm cannot omit only some optional packages.
COPY --from=build /app/node_modules/@img ./node_modules/@img
# What is in node_modules, for scanners: CycloneDX, at /app/sbom.json of the image. npm complains about anything that package.json
# names and is not there.
RUN npm pkg delete devDependencies optionalDependencies workspaces
RUN npm sbom --sbom-format=cyclonedx --sbom-type=application > sbom.json

FROM node:24.21.0-bookworm-slim
# docker build --build-arg REVISION=$(git rev-parse HEAD) .
ARG REVISION=unknown
LABEL org.opencontainers.image.title="face-swap-gateway" \
  org.opencontainers.image.description="A GraphQL gateway in front of ModelsLab's face swap" \
  org.opencontainers.image.version="0.2.0" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
WORKDIR /app
COPY package.json LICENSE NOTICE ./
COPY schema ./schema
COPY --from=production /app/node_modules ./node_modules
COPY --from=production /app/sbom.json ./
COPY --from=build /app/dist ./dist
RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
