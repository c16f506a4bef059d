#include "web/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace bmsd::web {
namespace {

constexpr std::size_t block = 512;  // of a tar archive
constexpr std::string_view index_name = "index.html";

std::string_view type_of(std::string_view name)
{
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    return name.ends_with(".svg") ? "image/svg+xml" : "application/octet-stream";
}

/// FNV-1a: enough to tell one build from another.
std::string etag_of(std::string_view content)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return fmt::format("\"{:016x}\"", hash);
}

bool same_etag(std::string_view if_none_match, std::string_view etag)
{
    return if_none_match.find(etag) != std::string_view::npos;  // also "W/" before it, or one of several
}

/// Names carry the hash of their content and are kept for ever; the index is asked for each time.
Response compressed(const Asset& asset, std::string_view etag, const Request& request)
{
    const bool index = asset.name == index_name;
    Response response{.type = std::string(type_of(asset.name)),
                      .body = {},
                      .headers = {{"Cache-Control", index ? "no-cache" : "public, max-age=31536000, immutable"},
                                  {"ETag", std::string(etag)},
                                  {"Vary", "Accept-Encoding"}}};
    if (same_etag(request.if_none_match, etag)) {
        response.status = 304;
        return response;
    }
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = asset.compressed;
    return response;
}

std::string_view style_of(const std::vector<Asset>& assets)
{
    const auto found = std::ranges::find_if(assets, [](const Asset& one) { return one.name.ends_with(".css"); });
    return found == assets.end() ? std::string_view() : found->name;
}

}  // namespace

std::vector<Asset> assets_of(std::string_view archive)
{
    std::vector<Asset> all;
    while (archive.size() >= block && archive[0] != '\0') {
        const auto name = archive.substr(0, std::min<std::size_t>(archive.find('\0'), 100));
        std::size_t size = 0;
        const auto digits = archive.substr(124, 11);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 8);
        if (error != std::errc() || size > archive.size() - block || !name.ends_with(".gz")) break;
        all.push_back({name.substr(0, name.size() - 3), archive.substr(block, size)});
        archive.remove_prefix(std::min(archive.size(), block + (size + block - 1) / block * block));
    }
    return all;
}

bool takes_gzip(std::string_view accept_encoding)
{
    const auto at = accept_encoding.find("gzip");
    if (at == std::string_view::npos) return false;
    const auto weight = accept_encoding.substr(at + 4, accept_encoding.find(',', at) - (at + 4));
    return weight.find_first_of("123456789", weight.find('=')) != std::string_view::npos ||
           weight.find('=') == std::string_view::npos;
}

void add_page(Server& server, Api& api, Loop& loop, site::Board& board)
{
    const auto assets = assets_of(page_archive);
    const Handler table = [&board, &loop, style = std::string(style_of(assets))](const Request&, const Answer& answer) {
        answer({.type = "text/html; charset=utf-8",
                .body = table_page(board.all(), loop.wall(), style),
                .headers = {{"Cache-Control", "no-store"}}});
    };
    api.reads("/table", table);
    for (const Asset& asset : assets) {
        const auto hand_out = [asset, etag = etag_of(asset.compressed)](const Request& request, const Answer& answer) {
            answer(takes_gzip(request.accept_encoding) ? compressed(asset, etag, request)
                                                       : refusal(406, "it comes compressed (gzip); /table does not"));
        };
        server.route(Method::get, asset.name == index_name ? "/" : "/" + std::string(asset.name), hand_out);
    }
}

}  // namespace bmsd::web
