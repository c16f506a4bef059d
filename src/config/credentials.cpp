#include "config/credentials.h"

#include <algorithm>

namespace bmsd::config {

std::string without_credentials(std::string_view text)
{
    std::string out;
    while (true) {
        const auto begin = text.find("//");
        if (begin == text.npos) break;
        const auto end = std::min(text.find_first_of(" \t\"'/?#", begin + 2), text.size());
        const auto at = text.substr(0, end).rfind('@');
        out += text.substr(0, begin + 2);
        if (at != text.npos && at > begin) {
            out += hidden;
            text.remove_prefix(at);
        } else {
            text.remove_prefix(begin + 2);
        }
    }
    return out + std::string(text);
}

}  // namespace bmsd::config
