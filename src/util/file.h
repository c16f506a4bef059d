#pragma once
// Small files as a whole. Writing replaces the file in one step, so that a power cut leaves the old or the new one.
#include <string>
#include <string_view>

#include "util/result.h"

namespace bmsd {

/// The content; an error says what the system said.
Result<std::string> read_file(const std::string& path);

/// The same of what may be anything: a FIFO, a device and a folder are errors, and so is more than `most` bytes. Waits
/// for nobody.
Result<std::string> read_regular_file(const std::string& path, std::size_t most);

/// Temporary file beside it, rename: a link at `path` is replaced and not followed, a device, a FIFO or a folder there
/// is an error. With `durable` also flushed to the medium. Creates the folder when it is missing.
Result<void> write_file(const std::string& path, std::string_view content, bool durable = false);

}  // namespace bmsd
