interface Credentials {
  user: string;
  password: string;
}
type TokenKind = 'access' | 'refresh';
export const tokenType = 'Bearer';
