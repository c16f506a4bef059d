#pragma once
// Where the lock files of the batteries lie: a folder that nobody else can write, so that nobody else can hold a
// battery or lead a lock astray.
#include <string>

#include "util/result.h"

namespace bmsd::daemon {

/// /run/bmsd where it can be made or is ours, else the user's folder of the session, else the state folder.
std::string default_lock_folder(const std::string& state_dir);

/// Whether nobody but us and root can write in `folder`; it is made when it is missing. An error says why not.
Result<void> usable_lock_folder(const std::string& folder);

}  // namespace bmsd::daemon
