# What a person does here; CI calls the same targets.

CARGO ?= cargo
# For `make reader`, `make writer`, `make chat`: make chat ARGS="--name alice garden"
ARGS ?=

# For `make install`: where the programs go, and from where they come.
PREFIX ?= /usr/local
DESTDIR ?=
PROGRAMS ?= target/release
BRIDGE_PROGRAMS ?= target/bridge/release

# A workspace of its own. Without its feature `link`: to look at it takes no C++ compiler.
FUZZ = --manifest-path fuzz/Cargo.toml --features libfuzzer --target-dir target/fuzz
# Another, so that only those who compare us with the peers have to build them.
BENCH = --manifest-path bench/Cargo.toml --target-dir target/bench
# And another, so that only those who talk across machines have to build the client of NATS.
BRIDGE = --manifest-path bridge/Cargo.toml --target-dir target/bridge
# And another, whose library can be stopped and sabotaged at named points: the programs must not get these.
TOUR = --manifest-path tour/Cargo.toml --target-dir target/tour

.DEFAULT_GOAL := help
.PHONY: help demo test chat reader writer build install uninstall lint features msrv audit package deb test-deb loom soak fuzz \
	fuzz-keep sanitize inject linker strace screenshot minimal-root clean-ipc bench bench-quick bench-keep bench-test bridge \
	bridge-test bridge-soak bridge-demo bridge-bench nats tour tour-test learn

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Carry a text file from writer to reader through shared memory, compare, and show the figures
	@scripts/demo.sh

test: linker ## Run every test, the model checker's included
	$(CARGO) build --workspace
	@CARGO='$(CARGO)' scripts/test.sh
	@$(MAKE) --no-print-directory loom

chat: build ## Open reader and writer side by side in tmux
	@scripts/chat.sh $(ARGS)

tour: linker ## Learn shared memory by doing: be the scheduler of two real processes (ARGS="--chapter 4")
	@$(CARGO) build $(TOUR)
	@target/tour/debug/shmchat-tour $(ARGS)

reader: build ## Start a reader in this terminal
	@target/release/reader $(ARGS)

writer: build ## Start a writer in this terminal
	@target/release/writer $(ARGS)

build: linker ## Build both programs, optimised, into target/release
	@$(CARGO) build --release

bridge: linker ## Build the bridge between machines, optimised, into target/bridge/release
	@$(CARGO) build --release $(BRIDGE)

install: ## Install what `make build` built, with man pages and completions, under PREFIX (/usr/local unless told; DESTDIR counts)
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' PROGRAMS='$(PROGRAMS)' scripts/install.sh

uninstall: ## Remove what `make install` installed
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install.sh uninstall

.PHONY: bridge-install bridge-uninstall
bridge-install: ## Install what `make bridge` built, the same way, with a unit for systemd
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' PROGRAMS='$(BRIDGE_PROGRAMS)' scripts/install.sh install bridge

bridge-uninstall: ## Remove what `make bridge-install` installed
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install.sh uninstall bridge

lint: linker ## Check the format, clippy and the docs, in every combination of features
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items
	@$(MAKE) --no-print-directory features
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc -p shmchat --no-deps
	$(CARGO) clippy $(FUZZ) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(FUZZ) --no-deps
	$(CARGO) fmt --manifest-path bench/Cargo.toml --check
	$(CARGO) clippy $(BENCH) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(BENCH) --no-deps --document-private-items
	$(CARGO) fmt --manifest-path bridge/Cargo.toml --check
	$(CARGO) clippy $(BRIDGE) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(BRIDGE) --no-deps --document-private-items
	$(CARGO) fmt --manifest-path tour/Cargo.toml --check
	$(CARGO) clippy $(TOUR) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(TOUR) --no-deps --document-private-items

# CRATE:FEATURE, each feature that a Cargo.toml documents, and none, as users build it. A build of the whole workspace has all
# of them on, for the tests' sake; so has one with --all-targets.
FEATURES = shmchat: shmchat:internals shmchat:faults frontend: frontend:faults reader: writer:

features: linker ## Check the library, the frontend and the programs with clippy, in every combination of features
	@for it in $(FEATURES); do \
		echo "clippy -p $${it%:*}, features: $${it#*:}"; \
		$(CARGO) clippy --quiet -p "$${it%:*}" --features "$${it#*:}" -- -D warnings || exit; \
	done

msrv: linker ## Build with the oldest Rust that Cargo.toml promises; without it, check what the installed one can tell
	@scripts/msrv.sh

audit: ## Check licences, sources, duplicates and known advisories of every dependency (needs cargo-deny)
	@scripts/audit.sh

# As a registry would get them, each built from its package alone. In a target folder of its own: packages know nothing of the
# workspace's profiles, so all of it is built anew. Cargo would build what it unpacked in an earlier run, if the version is the same.
package: linker ## Pack the library, the frontend and the programs as crates, and build each from its package
	@cd "$${CARGO_HOME:-$$HOME/.cargo}/registry/src" 2>/dev/null && rm -rf ./-*/shmchat-[0-9]* ./-*/frontend-[0-9]* || true
	CARGO_PROFILE_DEV_DEBUG=none $(CARGO) package --locked --allow-dirty --workspace --exclude shmchat-tests --target-dir target/package

deb: build ## Pack what `make install` installs as a Debian package, into target/debian
	@PROGRAMS='$(PROGRAMS)' scripts/deb.sh

test-deb: ## Install that package into a scratch root, run the demo from there, purge it, and find no trace; needs root
	@scripts/test-deb.sh

# A build of its own: with --cfg loom every atomic is the model checker's.
loom: linker ## Let the model checker try every order of the ring and the bell
	RUSTFLAGS="--cfg loom" $(CARGO) test -p shmchat --release --test loom --target-dir target/loom

soak: linker ## Kill writers and readers for SECONDS (600 unless told) and count what was lost
	$(CARGO) build --workspace
	SECONDS=$(or $(SECONDS),600) $(CARGO) test -p shmchat-tests --test lifecycle kill_loop:: -- --nocapture

fuzz: ## Fuzz what is read from a segment, a stream or a text, for SECONDS (600 unless told)
	@scripts/fuzz.sh $(or $(SECONDS),600)

fuzz-keep: ## Take what the fuzzer found into the committed corpus, as few inputs as will do
	@scripts/fuzz.sh keep

sanitize: ## Run the tests of ring and channel under ThreadSanitizer and AddressSanitizer
	@scripts/sanitize.sh

inject: linker strace ## Make each system call fail in turn, and check what the user sees against docs/failing-calls.md (UPDATE=1 writes it; SCENE=posix plays some)
	$(CARGO) build --workspace
	UPDATE=$(UPDATE) SCENE='$(SCENE)' $(CARGO) test -p shmchat-tests --test hostile inject:: -- --ignored --nocapture

screenshot: linker ## Draw the pictures in docs/screen anew, from the programs and the tour on pseudo-terminals
	$(CARGO) build --workspace
	@target/debug/screenshot
	@$(CARGO) test --quiet $(TOUR) --test played picture:: -- --ignored

# Said in one line; what installs it is not run, since `make` is not to change a system.
linker:
	@scripts/linker.sh

# Installed by the one target that needs it. Where that cannot be, it is said, and the target fails.
strace:
	@scripts/need.sh strace

minimal-root: ## Run the demo and every test in a new Debian with nothing but make, gcc, libc6-dev and Rust; takes root
	@scripts/minimal-root.sh

bench: build ## Measure it beside what one would pick instead, and name each target as met or missed (some 20 minutes)
	@scripts/bench.sh

bench-quick: build ## The same with shorter runs (some 4 minutes)
	@scripts/bench.sh --quick

bench-keep: ## Take the last bench's plots and verdict into docs/bench and docs/BENCHMARKS.md
	@scripts/bench.sh keep

# A smoke run after its tests: each mechanism passes some messages, every byte checked. Its figures mean nothing. Not in
# `make test`, which shall not need the peers.
bench-test: build ## Test the bench itself, and that each mechanism works
	@CARGO='$(CARGO)' scripts/bench.sh test
	@scripts/bench.sh messages limits --quick --rounds 1 --payload 64 --out target/bench/smoke
	@scripts/bench.sh programs --only true: --only 'cat: reader' --quick --rounds 1 --out target/bench/smoke-work

# Not in `make test`, which shall need neither NATS nor its crates. The programs are those that a person builds.
bridge-test: build nats ## Test the bridge between two machines, with a real nats-server and 30 seconds of killing (SECONDS=, SEED=)
	$(CARGO) test $(BRIDGE)

bridge-soak: build nats ## Kill writer, reader, bridges and server for SECONDS (600 unless told) and count what was lost (SEED= repeats)
	SECONDS=$(or $(SECONDS),600) $(CARGO) test $(BRIDGE) --test across kill_loop::whatever -- --nocapture

bridge-demo: build bridge nats ## Carry the demo's file between two machines over NATS, kill one bridge half-way, and compare
	@scripts/bridge-demo.sh

# In target/nats, for these three.
nats:
	@scripts/nats.sh

bridge-bench: linker nats ## Measure the bridge beside the bare NATS client, and name each target as met or missed (some 4 minutes)
	$(CARGO) build --release $(BRIDGE) -p shmchat-bridge -p shmchat-bridge-bench
	@target/bridge/release/shmchat-bridge-bench

tour-test: linker ## Drive each chapter of the tour to each of its goals, over a pseudo-terminal
	$(CARGO) test $(TOUR)

learn: linker ## Write docs/learn anew, from the words of the tour
	@$(CARGO) build --quiet $(TOUR)
	@target/tour/debug/shmchat-tour pages docs/learn

clean-ipc: build ## Remove the segments and bells that no living process holds and no message waits in
	@target/release/reader --clean
