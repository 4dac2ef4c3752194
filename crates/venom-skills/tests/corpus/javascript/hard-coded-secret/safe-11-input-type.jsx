export const Field = () => <input type="password" name="password" placeholder="Password" />;
