# sdx on CPUs: docker build --tag sdx .
# How to run it: docs/installing.md.

FROM node:20-slim AS build
WORKDIR /sdx
COPY package.json package-lock.json .npmrc ./
# Without scripts: onnxruntime-node's would fetch CUDA's files, and sdx is built below, when its sources are there.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -r node_modules/onnxruntime-node/bin/napi-v*/darwin node_modules/onnxruntime-node/bin/napi-v*/win32 \
  && find node_modules -name '*.map' -delete

FROM node:20-slim
# HOME is where any user may write: ONNX Runtime would leave a file in the working folder otherwise.
ENV NODE_ENV=production SDX_STORE=/store HOME=/tmp
COPY --from=build /sdx /opt/sdx
# Experiments and results are in /work, trained models and what else can be used again in the volume /store.
RUN ln -s /opt/sdx/bin/sdx.js /usr/local/bin/sdx \
  && install --directory --owner=1000 --group=1000 /work /store
VOLUME /store
# The user node of the image.
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["sdx"]
CMD ["--help"]
