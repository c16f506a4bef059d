#pragma once
// The page for people: the files that web/build.sh made of web/src, compressed as they are handed out, and a plain
// table for those whose browser runs no scripts.
#include <string_view>
#include <vector>

#include "web/api.h"

namespace bmsd::web {

/// A file of the page.
struct Asset {
    std::string_view name;        // "page-0123456789.js"
    std::string_view compressed;  // gzip
};

/// The archive (tar) that is built in; a test holds it against what it should have.
extern const std::string_view page_archive;

/// The files in an archive whose names end with .gz, without that ending. Stops at what is no entry.
std::vector<Asset> assets_of(std::string_view archive);

/// Whether a client that sends this Accept-Encoding reads gzip.
bool takes_gzip(std::string_view accept_encoding);

/// "/", the files beside it and "/table". The files need no login: they hold nothing, and without them nobody could log
/// in. `server`, `api` and `board` outlive the requests.
void add_page(Server& server, Api& api, Loop& loop, site::Board& board);

/// All batteries as a page without scripts.
std::string table_page(const std::vector<site::Change>& batteries, double wall, std::string_view style);

}  // namespace bmsd::web
