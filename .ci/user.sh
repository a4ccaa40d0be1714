# Sourced by root: a user without rights, for what has to work without them.
#
#   make_user FOLDER      a home for that user in FOLDER: the sources as they are here, a toolchain, the crates
#   as_user COMMAND...    runs it there, as that user
#   as_root COMMAND...    runs it there, as root, with the same environment: what that user built is not built again
#
# The user is a number that /etc/passwd does not know, so that there is nothing to add and nothing to remove. `setpriv`
# becomes it: groups and capabilities go with the id, as the kernel has them go for everybody. A user namespace
# (unshare --user --map-user=1000) was tried and is not enough: outside it we are still root, to whom the files of root's
# belong, so that what is open to its owner alone stays open to a test that no user's would be.
#
# Root's toolchain and crates lie under /root, which is closed to others, and mounting takes rights that a container's root
# may not have. So they are copied: half a gigabyte, three seconds.

# Another for each run, so that what it left is not taken for another's; beyond all that are in use.
USER_ID=$((1000000000 + $$))

make_user() {
    user=$1
    # What is copied is for others to read, whatever root's umask says.
    umask 022
    chmod 755 "$user"
    local rust
    rust=$("${RUSTC:-rustc}" --print sysroot)
    if ! $(setpriv_user) test -x "$rust/bin/cargo" -a -r "$rust/lib"; then
        mkdir "$user/rust"
        cp -r "$rust/bin" "$rust/lib" "$user/rust/"
        chmod -R a+rX "$user/rust"
        rust=$user/rust
    fi
    # Itself, not rustup's stand-in for it, which looks for it in the user's home.
    user_path=$rust/bin:$PATH
    # The sources of each crate are unpacked anew. What says where crates come from counts for the user too.
    mkdir -p "$user/home/.cargo/registry" "$user/home/.cargo/bin" "$user/tmp" "$user/shmchat"
    local cargo_home=${CARGO_HOME:-$HOME/.cargo} name
    # cargo finds its subcommands there, as it does root's.
    for name in registry/index registry/cache config.toml bin/cargo-deny; do
        if [ -e "$cargo_home/$name" ]; then cp -r "$cargo_home/$name" "$user/home/.cargo/$name"; fi
    done
    tar --exclude=./target --exclude=./bench/results --exclude=./.git -cf - . | tar -C "$user/shmchat" -xf -
    # Root may have a pip, and the user not.
    if [ -x target/nats/nats-server ]; then install -D target/nats/nats-server "$user/shmchat/target/nats/nats-server"; fi
    chmod -R u+rwX,go+rX "$user/home" "$user/shmchat"
    chown -R "$USER_ID:$USER_ID" "$user/home" "$user/tmp" "$user/shmchat"
}

setpriv_user() { echo setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --inh-caps=-all --no-new-privs; }

in_place() {
    env -C "$user/shmchat" -u XDG_RUNTIME_DIR -u CARGO_TARGET_DIR -u RUSTUP_HOME -u RUSTUP_TOOLCHAIN \
        HOME="$user/home" CARGO_HOME="$user/home/.cargo" TMPDIR="$user/tmp" PATH="$user_path" "$@"
}

as_user() { in_place $(setpriv_user) "$@"; }

as_root() { in_place "$@"; }
