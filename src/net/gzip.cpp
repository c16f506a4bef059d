#include "net/gzip.h"

#ifdef BMSD_GZIP
#include <zlib.h>
#endif

namespace bmsd::net {

#ifdef BMSD_GZIP

namespace {

constexpr int gzip_format = 15 + 16;  // the largest window, with the header and the sum of gzip
constexpr int quick = 4;              // level: little less small than 6, in half the time
constexpr int memory = 7;             // 128 kB less than usual

}  // namespace

std::optional<std::string> gzip(std::string_view text)
{
    z_stream stream{};
    if (deflateInit2(&stream, quick, Z_DEFLATED, gzip_format, memory, Z_DEFAULT_STRATEGY) != Z_OK) return std::nullopt;
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return done ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> gunzip(std::string_view data, std::size_t most)
{
    z_stream stream{};
    if (inflateInit2(&stream, gzip_format) != Z_OK) return std::nullopt;
    std::string out(most, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool done = inflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return done ? std::optional(std::move(out)) : std::nullopt;
}

#else

std::optional<std::string> gzip(std::string_view)
{
    return std::nullopt;
}

std::optional<std::string> gunzip(std::string_view, std::size_t)
{
    return std::nullopt;
}

#endif

}  // namespace bmsd::net
