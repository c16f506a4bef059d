#include "util/private_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "util/file.h"

namespace bmsd {

Result<void> write_private_file(const std::string& path, std::string_view content, bool durable)
{
    std::error_code ignored;  // write_file() says what is wrong with it
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    const auto before = ::umask(077);
    auto written = write_file(path, content, durable);
    ::umask(before);
    if (written && ::chmod(path.c_str(), 0600) != 0) return Failure(std::strerror(errno));
    return written;
}

}  // namespace bmsd
