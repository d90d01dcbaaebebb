/** The module's address, where a bundler takes it as a file. */
declare const address: string;
export default address;
