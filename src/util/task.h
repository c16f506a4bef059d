#pragma once
// A lazily started coroutine that is awaited by one other, or owned and started with start().
// Destroying a Task that has not ended cancels it: its frame goes, and with it the waits it holds.
//
// must() ends the awaiting coroutine with the error of what it awaits:
//     const auto data = co_await must(read(channel));   // a value; on an error this coroutine's result is that error
#include <coroutine>
#include <exception>
#include <expected>
#include <optional>
#include <type_traits>
#include <utility>

namespace bmsd {

template <class T>
class Task;

namespace detail {

struct PromiseBase {
    std::coroutine_handle<> waiting;
    std::coroutine_handle<> (*route)(PromiseBase& ended) = nullptr;  // another one than `waiting` may go on
    std::exception_ptr thrown;
    bool stopped = false;  // has its result, although it stays suspended in its middle

    /// Who runs when this one has its result.
    std::coroutine_handle<> next()
    {
        if (route != nullptr) return route(*this);
        return waiting ? waiting : std::noop_coroutine();
    }

    struct Final {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept
        {
            return ended.promise().next();
        }
        void await_resume() noexcept {}
    };

    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void unhandled_exception() { thrown = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
    std::optional<T> value;
    Task<T> get_return_object();
    template <class U>
    void return_value(U&& result)
    {
        value.emplace(std::forward<U>(result));
    }
    /// Ends the coroutine where it waits; the rest of it never runs. Gives who runs next.
    template <class E>
    std::coroutine_handle<> stop(E&& error)
    {
        value.emplace(std::unexpected(std::forward<E>(error)));
        stopped = true;
        return next();
    }
    T take()
    {
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    Task<void> get_return_object();
    void return_void() {}
    void take() const
    {
        if (thrown) std::rethrow_exception(thrown);
    }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
  public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() = default;
    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept
    {
        if (this != &other) {
            cancel();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() { cancel(); }

    /// Runs up to the first wait. The owner keeps the Task alive until done().
    void start() { handle_.resume(); }
    bool done() const { return !handle_ || handle_.done() || handle_.promise().stopped; }
    /// The result of a task that is done; throws what the coroutine threw.
    T result() { return handle_.promise().take(); }
    void cancel()
    {
        if (handle_) std::exchange(handle_, {}).destroy();
    }

    auto operator co_await() && noexcept
    {
        struct Awaiter {
            Handle handle;
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept
            {
                handle.promise().waiting = waiting;
                return handle;
            }
            T await_resume() { return handle.promise().take(); }
        };
        return Awaiter{handle_};
    }

    /// To await a task that was started: waits for its end and gives its result. The Task must outlive the wait.
    auto ended() noexcept
    {
        struct Awaiter {
            Handle handle;
            bool await_ready() noexcept { return handle.done() || handle.promise().stopped; }
            void await_suspend(std::coroutine_handle<> waiting) noexcept { handle.promise().waiting = waiting; }
            T await_resume() { return handle.promise().take(); }
        };
        return Awaiter{handle_};
    }

  private:
    template <class R>
    friend class Must;

    Handle handle_;
};

/// See must().
template <class R>
class [[nodiscard]] Must {
  public:
    explicit Must(Task<R> task) : task_(std::move(task)) {}
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> waiting) noexcept
    {
        auto& inner = task_.handle_.promise();
        inner.waiting = waiting;
        inner.route = [](detail::PromiseBase& ended) -> std::coroutine_handle<> {
            auto& asked = static_cast<detail::Promise<R>&>(ended);
            if (asked.thrown || asked.value->has_value()) return asked.waiting;
            const auto outer = std::coroutine_handle<Promise>::from_address(asked.waiting.address());
            return outer.promise().stop(asked.value->error());
        };
        return task_.handle_;
    }
    typename R::value_type await_resume()
    {
        R result = task_.result();
        if constexpr (!std::is_void_v<typename R::value_type>) return std::move(*result);
    }

  private:
    Task<R> task_;
};

/// Awaits `task`, which gives a std::expected: its value, or the end of the awaiting coroutine with the same error.
/// That coroutine's result is a std::expected with this error type, too.
template <class R>
Must<R> must(Task<R> task)
{
    return Must<R>(std::move(task));
}

/// See must() for a result that is there already.
template <class T, class E>
struct [[nodiscard]] MustHave {
    std::expected<T, E> result;

    bool await_ready() noexcept { return result.has_value(); }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> waiting) noexcept
    {
        return waiting.promise().stop(result.error());
    }
    T await_resume()
    {
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }
};

/// The same for a result that is there already.
template <class T, class E>
MustHave<T, E> must(std::expected<T, E> result)
{
    return {std::move(result)};
}

template <class T>
Task<T> detail::Promise<T>::get_return_object()
{
    return Task<T>(Task<T>::Handle::from_promise(*this));
}

inline Task<void> detail::Promise<void>::get_return_object()
{
    return Task<void>(Task<void>::Handle::from_promise(*this));
}

}  // namespace bmsd
