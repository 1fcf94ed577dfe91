# A Linux for ./deploy.sh local on a machine that is none, such as a Mac. tools/container builds it and starts the lab in it;
# .devcontainer has it for editors. The project is not in the image: its folder is mounted.
# Debian 13 has what the README asks for: JDK 21, Maven 3.9, Node.js 20, Python 3.13.
FROM debian:13-slim

RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    ca-certificates curl git maven nodejs npm openjdk-21-jdk-headless procps python3 python3-venv \
  && rm -rf /var/lib/apt/lists/*

# What the lab writes into the mounted folder belongs to whoever started the container.
ARG UID=1000
RUN useradd --create-home --non-unique --uid "$UID" --shell /bin/bash lab
ENV LANG=C.UTF-8
USER lab
# Volumes are mounted at these two, and begin with their owner.
RUN mkdir -p /home/lab/leadline/.leadline /home/lab/.m2
WORKDIR /home/lab/leadline
