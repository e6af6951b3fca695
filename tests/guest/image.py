# SPDX-License-Identifier: BSD-2-Clause
"""A Linux to boot in QEMU, made of Debian's packages: a kernel, and an initramfs around busybox.

Nothing is installed for it: the kernel's package is fetched and unpacked, no boot loader is told.
"""
import glob
import gzip
import lzma
import os
import re
import shutil
import subprocess
import zlib

# Drivers, IPsec, and what their algorithms are made of; those of them that are built in are not
# missed. Without drbg and its kin the AEADs have no IVs.
MODULES = """virtio_pci virtio_net xfrm_user esp4 esp6 ah4 ah6 ipcomp xfrm4_tunnel tunnel4 tunnel6
    authenc authencesn gcm ctr cbc ccm seqiv echainiv ghash-generic hmac md5 sha1_generic
    sha256_generic sha512_generic crypto_null des_generic aes_generic chacha_generic
    poly1305_generic chacha20poly1305 sha3_generic jitterentropy_rng drbg""".split()

WANTED = ("boot/vmlinuz-*", "lib/modules/*/modules.*", "lib/modules/*/kernel/arch/x86/crypto/*",
          "lib/modules/*/kernel/crypto/*", "lib/modules/*/kernel/lib/*",
          "lib/modules/*/kernel/net/*", "lib/modules/*/kernel/drivers/net/*",
          "lib/modules/*/kernel/drivers/virtio/*")

# From compressed formats' first bytes to who undoes them.
PAYLOADS = ((b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor()),
            (b"\x1f\x8b\x08", lambda: zlib.decompressobj(wbits=31)))


class Missing(Exception):
    """Something that the image is made of cannot be had."""


def run(*command, **options):
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              **options).stdout
    except FileNotFoundError:
        raise Missing("there is no '%s' here" % command[0]) from None
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip()
        raise Missing("'%s' failed: %s" % (" ".join(map(str, command)), words)) from None


def kernel_package():
    """The name of the package that has Debian's kernel of today."""
    depends = run("apt-cache", "depends", "--important", "linux-image-amd64").decode()
    found = re.search(r"Depends: (linux-image-\S+)", depends)
    if not found:
        raise Missing("apt knows no linux-image-amd64: is this Debian, with package lists?")
    return found.group(1)


def fetch_kernel(folder):
    """The folder with the kernel; lists of packages that are absent or too old are fetched."""
    try:
        return unpack_kernel(folder)
    except Missing as missing:
        try:
            run("apt-get", "-q", "-o", "DPkg::Lock::Timeout=240", "update")
        except Missing:
            raise missing from None
        return unpack_kernel(folder)


def unpack_kernel(folder):
    """Unpacks what is wanted of the kernel's package into a folder; returns that."""
    package = kernel_package()
    version = re.search(r"Version: (\S+)", run("apt-cache", "show", package).decode()).group(1)
    place = os.path.join(folder, "%s_%s" % (package, version))
    if os.path.isdir(place):
        return place
    partial = place + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial)
    run("apt-get", "-q", "download", package, cwd=partial)
    [archive] = glob.glob(os.path.join(partial, "*.deb"))
    run("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -xC "$2" --wildcards $3', "sh", archive,
        partial, " ".join("'./%s'" % name for name in WANTED).replace("'", ""))
    os.remove(archive)
    release = os.listdir(os.path.join(partial, "lib/modules"))[0]
    run("/sbin/depmod", "-b", partial, release)
    os.rename(partial, place)
    return place


def extract_vmlinux(bzimage, target):
    """Writes the ELF file that a bzImage unpacks at boot: booted directly, that step is saved."""
    data = open(bzimage, "rb").read()
    for magic, decompressor in PAYLOADS:
        at = data.find(magic)
        while at >= 0:
            try:
                image = decompressor().decompress(data[at:])
            except (lzma.LZMAError, zlib.error):
                image = b""
            if image.startswith(b"\x7fELF"):
                with open(target, "wb") as file:
                    file.write(image)
                return target
            at = data.find(magic, at + 1)
    return bzimage  # compressed in another way: slower to boot, but it boots


def module_files(modules_folder):
    """The wanted modules and all that they need, in an order in which they can be loaded."""
    needs = {}
    with open(os.path.join(modules_folder, "modules.dep"), encoding="ascii") as lines:
        for line in lines:
            path, _, others = line.partition(":")
            needs[path] = others.split()
    by_name = {re.sub(r"\.ko.*", "", os.path.basename(path)).replace("-", "_"): path
               for path in needs}
    order = []
    for name in MODULES:
        path = by_name.get(name.replace("-", "_"))
        for needed in (list(reversed(needs[path])) + [path]) if path else ():
            if needed not in order:
                order.append(needed)
    return order


def copy_program(program, root):
    """Copies a program with the libraries that it is linked to."""
    target = os.path.join(root, "bin", os.path.basename(program))
    shutil.copy(program, target)
    for library in re.findall(r"(/\S+)", run("ldd", program).decode()):
        place = root + library
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if not os.path.exists(place):
            shutil.copy(library, place)


def pack(root, target):
    """Makes a compressed cpio archive of a folder, as the kernel wants it."""
    names = run("find", ".", "-print0", cwd=root)
    archive = run("cpio", "--null", "--create", "--format=newc", "--quiet", "--owner=0:0",
                  cwd=root, input=names)
    with gzip.open(target, "wb", compresslevel=1) as file:
        file.write(archive)
    return target


def find_program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/bin")
    if path is None:
        raise Missing("there is no '%s' here" % name)
    return os.path.realpath(path)


def make_root(kernel, root, sources):
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("bin", "dev", "proc", "sys", "tmp", "modules", "lib64"):
        os.makedirs(os.path.join(root, folder))
    busybox = find_program("busybox")
    shutil.copy(busybox, os.path.join(root, "bin/busybox"))
    copy_program(find_program("ip"), root)
    run("cc", "-O", "-static", "-o", os.path.join(root, "bin/udp_encap"),
        os.path.join(sources, "udp_encap.c"))
    shutil.copy(os.path.join(sources, "init.sh"), os.path.join(root, "init"))
    os.chmod(os.path.join(root, "init"), 0o755)
    [modules] = glob.glob(os.path.join(kernel, "lib/modules/*"))
    with open(os.path.join(root, "modules/order"), "w", encoding="ascii") as order:
        for path in module_files(modules):
            shutil.copy(os.path.join(modules, path), os.path.join(root, "modules"))
            print(os.path.basename(path), file=order)


def build(folder, sources):
    """Makes kernel and initramfs below `folder`; returns their names."""
    os.makedirs(folder, exist_ok=True)
    kernel = fetch_kernel(folder)
    vmlinux = os.path.join(kernel, "vmlinux")
    if not os.path.exists(vmlinux):
        [bzimage] = glob.glob(os.path.join(kernel, "boot/vmlinuz-*"))
        vmlinux = extract_vmlinux(bzimage, vmlinux)
    root = os.path.join(folder, "root")
    make_root(kernel, root, sources)
    return vmlinux, pack(root, os.path.join(folder, "initrd.gz"))
