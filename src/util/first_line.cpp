#include "util/first_line.h"

#include <string_view>

#include "util/file.h"

namespace bmsd {

std::string first_line(const std::string& file)
{
    const auto content = read_file(file);
    return content ? content->substr(0, content->find_first_of(std::string_view("\n\0", 2))) : "";
}

}  // namespace bmsd
