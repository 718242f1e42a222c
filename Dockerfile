# syntax=docker/dockerfile:1
# The image: one binary, no shell, an ordinary user, a file system that may be read-only.
#   docker build -t doorward .
#   docker run --rm --network host doorward demo
#   docker run --read-only -p 443:8443 -v doorward:/var/lib/doorward \
#     -v ./doorward.toml:/etc/doorward/doorward.toml:ro doorward

FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends cmake && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bin doorward \
    && install -D target/dist/doorward /out/usr/bin/doorward \
    && install -d -m 0700 /out/var/lib/doorward

# glibc, libgcc and the certificate authorities; nothing else.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/usr/bin/doorward /usr/bin/doorward
# The store and the master key; 65532 is the image's own user.
COPY --from=build --chown=65532:65532 /out/var/lib/doorward /var/lib/doorward
USER 65532:65532
WORKDIR /var/lib/doorward
VOLUME /var/lib/doorward
EXPOSE 8443
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
    CMD ["/usr/bin/doorward", "healthcheck", "-c", "/etc/doorward/doorward.toml"]
ENTRYPOINT ["/usr/bin/doorward"]
CMD ["run", "-c", "/etc/doorward/doorward.toml"]
