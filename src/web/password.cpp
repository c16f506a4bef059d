#include "web/password.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "util/private_file.h"

#ifdef BMSD_ARGON2
#include <argon2.h>
#endif

namespace bmsd::web {
namespace {

std::vector<unsigned char> random_bytes(std::size_t count)
{
    std::vector<unsigned char> bytes(count);
    std::size_t got = 0;
    while (got < count) {
        const auto more = ::getrandom(bytes.data() + got, count - got, 0);
        if (more < 0 && errno != EINTR) throw std::runtime_error("no random numbers");
        if (more > 0) got += static_cast<std::size_t>(more);
    }
    return bytes;
}

}  // namespace

std::string password_file(const std::string& state_dir)
{
    return state_dir + "/web_password";
}

std::string random_text(std::size_t count)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : random_bytes(count)) text += {digits[byte >> 4], digits[byte & 15]};
    return text;
}

#ifdef BMSD_ARGON2

namespace {
constexpr std::uint32_t rounds = 2, kilobytes = 16384, lanes = 1;  // a third of a second on a small GX device
constexpr std::size_t sum_size = 32, salt_size = 16;
}  // namespace

bool passwords_possible()
{
    return true;
}

Result<std::string> password_sum(std::string_view password)
{
    const auto salt = random_bytes(salt_size);
    std::array<char, 256> text{};
    const int failed = argon2id_hash_encoded(rounds, kilobytes, lanes, password.data(), password.size(), salt.data(),
                                             salt.size(), sum_size, text.data(), text.size());
    if (failed != ARGON2_OK) return Failure(argon2_error_message(failed));
    return std::string(text.data());
}

bool password_fits(const std::string& sum, std::string_view password)
{
    return argon2id_verify(sum.c_str(), password.data(), password.size()) == ARGON2_OK;
}

#else

bool passwords_possible()
{
    return false;
}

Result<std::string> password_sum(std::string_view)
{
    return Failure("this build knows no passwords: it was made without libargon2");
}

bool password_fits(const std::string&, std::string_view)
{
    return false;
}

#endif

Result<void> save_password(const std::string& state_dir, std::string_view password)
{
    const std::string file = password_file(state_dir);
    if (password.empty()) {
        std::error_code error;
        std::filesystem::remove(file, error);
        return error ? Result<void>(Failure(error.message())) : Result<void>{};
    }
    if (password.size() < shortest_password || password.size() > longest_password)
        return Failure("a password has 8 to 256 bytes");
    const auto sum = password_sum(password);
    if (!sum) return Failure(sum.error());
    return write_private_file(file, *sum + "\n", true);
}

}  // namespace bmsd::web
