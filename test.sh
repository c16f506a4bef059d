#!/usr/bin/env bash
# What CI runs: format, rules of the tree, debug build, generated documents, the page in a browser, clang-tidy for five minutes,
# a short fuzz of every decoder, pages and archive for Venus OS with their tests, the Debian package, CAN, charge control of
# thousands of packs, all tests with sanitizers and without. The last lines are ctest's own summary.
#   ./test.sh [quick]      quick: the debug build and its tests, the system tests among them
set -euo pipefail
cd "$(dirname "$0")"
export CTEST_OUTPUT_ON_FAILURE=1 CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
jobs=$(nproc)

step() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }

case ${1:-} in
    '') ;;
    quick)
        step "packages"
        scripts/setup.sh test
        step "build"
        cmake --preset dev >/dev/null
        cmake --build --preset dev -j "$jobs"
        step "tests"
        ctest --preset dev -j "$((2 * jobs))" # the system tests wait more than they work
        exit
        ;;
    *) sed -n 's/^#   /usage: /p' "$0" >&2 && exit 2 ;;
esac

step "packages"
for part in test gui page venus; do scripts/setup.sh $part; done

step "format"
git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run -Werror

step "rules of the tree"
scripts/check_tree.py
scripts/check_snippets.py
git ls-files '*.sh' '.ci/run' '*/run' 'packaging/debian/p*' 'tests/venus-rootfs/root/*' | sort -u | xargs shellcheck

step "build"
cmake --preset dev >/dev/null
cmake --build --preset dev -j "$jobs"

step "generated documents"
scripts/check_documents.sh build/dev/bmsd
scripts/check_words.py build/dev/bmsd

step "page for browsers"
if web/check.sh; then web/browser.sh "$PWD/build/dev/bmsd"; else [ $? = 77 ]; fi # it has said why it could not

step "clang-tidy"
scripts/tidy.sh build/dev 300

step "fuzz"
scripts/fuzz.sh --runs 5000 # from one seed; people give it seconds, and other seeds

step "pages for Venus OS"
tests/gui/run.sh

step "archive for GX devices"
packaging/venus/release.sh
packaging/venus/check.sh build/dev

step "installation on Venus OS"
packaging/venus/archive.sh build/test-bundle build/test-archive build/run/bmsd build/gui/bmsd.json
cmake --build --preset dev --target settings_standin
if unshare --mount --pid --fork true; then
    SETTINGS_STANDIN=$PWD/build/dev/tests/settings_standin tests/venus-rootfs/run.sh build/test-archive/venus-data.tar.gz
else
    echo "NOT RUN: this machine gives no namespaces to mount in"
fi

step "Debian package"
packaging/debian/build.sh build/run
packaging/debian/check.sh build/bmsd_*.deb

step "CAN of a real kernel"
tests/can/run.sh "$PWD/build/dev/bmsd" || [ $? = 77 ] # it has said why it could not

step "soak"
BMSD_SOAK_SECONDS=120 build/dev/tests/test_soak --gtest_brief=1

step "charge control of thousands of packs"
cmake --preset release >/dev/null
cmake --build --preset release -j "$jobs" --target test_sim
BMSD_SIM_PACKS=2000 build/release/tests/test_sim --gtest_filter='ClosedLoop.TheInvariantsHoldForAny*' --gtest_brief=1

step "sanitizer build"
cmake --preset asan >/dev/null
cmake --build --preset asan -j "$jobs"

step "tests with AddressSanitizer and UBSan"
ctest --preset asan -j "$jobs"

step "which type is found on which line"
build/dev/tests/test_bms --gtest_filter='Matrix.*' --gtest_brief=1

step "tests"
ctest --preset dev -j "$jobs"
