Page {
    required property Device device
}
